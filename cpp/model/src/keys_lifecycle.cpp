#include "drafts.hpp"

namespace customerhealth::model {

template <>
const Object<StageDraft>& object_of() {
  using S = StageDraft;
  static const auto kObject =
      Object<S>{"stage", "A step of a journey."}
          .key("name", &S::name, "the stage")
          .required()
          .key("label", &S::label, "what people read in place of its name; default: its name")
          .key("enter", &S::enter,
               "where this is true an account that may move here does, unless a later stage takes it")
          .required()
          .key("exit", &S::exit, "it is not left before this is true; default: any time")
          .key("least", &S::least, "it is not left before so much time has passed in it")
          .key("deadline", &S::deadline, "after so much time in it an account is stalled; default: never")
          .key("owner", &S::owner, "the team whose stage it is; a change of owners is a hand-off")
          .key("roles", &S::roles, "the customer's people who matter here")
          .done();
  return kObject;
}

template <>
const Object<JourneyDraft>& object_of() {
  using J = JourneyDraft;
  static const auto kObject =
      Object<J>{"journey", "Stages walked tick by tick; columns J, J_since, J_days, J_previous, J_stalled."}
          .key("stages", &J::stages,
               "from early to late: of several whose `enter` is true the one furthest down counts")
          .required()
          .key("moves", &J::moves,
               "by stage: those that may follow it; one without an entry is never left; default: all")
          .key("start", &J::start, "the stage before the first entry; default: none, J is missing")
          .done();
  return kObject;
}

template <>
const Object<CohortDraft>& object_of() {
  using C = CohortDraft;
  static const auto kObject = Object<C>{"cohort", "The accounts for which a rule is true; a boolean column."}
                                  .key("when", &C::when, "the rule; missing counts as false")
                                  .required()
                                  .key("label", &C::label, "what people read in place of its name; default: its name")
                                  .key("revenue", &C::revenue, "the metric that says what an account of it is worth")
                                  .done();
  return kObject;
}

template <>
const Object<PlayDraft>& object_of() {
  using P = PlayDraft;
  static const auto kObject =
      Object<P>{"play", "What to do when a rule becomes true, walked tick by tick; its texts are those of the opening."}
          .key("when", &P::when, "opens the play where it is true and none is open")
          .required()
          .key("unless", &P::unless, "does not open where this is true")
          .key("closes", &P::closes, "closes the open play where it is true; default: where `when` is no longer true")
          .key("cooldown", &P::cooldown, "it opens again only so long after it last opened")
          .key("priority", &P::priority, "a number to sort by")
          .key("due", &P::due, "so long after it opened")
          .key("label", &P::label, "what people read in place of its name; default: its name")
          .key("owner", &P::owner, "who does it")
          .key("role", &P::role, "whom of the customer's people it addresses")
          .key("channel", &P::channel, "by which way")
          .key("message", &P::message, "what to say")
          .key("evidence", &P::evidence, "names whose values at the opening are kept beside it")
          .done();
  return kObject;
}

template <>
const Object<DocumentDraft>& object_of() {
  using D = DocumentDraft;
  static const auto kObject =
      Object<D>{"model", "A model of customerhealth."}
          .key("$schema", &D::schema, "for editors; ignored")
          .key("format", &D::format, "the version of the model language")
          .required()
          .key("name", &D::name, "what people call the model")
          .fallback(R"("model")")
          .key("description", &D::description, "for people; every object may have one")
          .key("clock", &D::clock, "the ticks walked by what depends on the past")
          .fallback("{}")
          .key("tables", &D::tables, "what the model reads")
          .fallback("{}")
          .key("metrics", &D::metrics, "the panel's columns")
          .fallback("{}")
          .key("scores", &D::scores, "what the metrics are worth")
          .fallback("{}")
          .key("journeys", &D::journeys, "where accounts are on their way")
          .fallback("{}")
          .key("cohorts", &D::cohorts, "groups of accounts")
          .fallback("{}")
          .key("plays", &D::plays, "what to do next, for whom")
          .fallback("{}")
          .key("include", &D::include,
               "an account has a panel row only where this is true (no scores, no journeys); default: all")
          .done();
  return kObject;
}

}  // namespace customerhealth::model
