"""A digest of what the package answers, a line an answer: to see that a change of its inside changes no result.

    git stash; python tests/digests.py --cases cases.json.gz > before.txt; git stash pop
    python tests/digests.py --cases cases.json.gz > after.txt
    diff before.txt after.txt && echo the same

It asks the demo, every preset on simulated accounts, and random models and tables of contracts, drawn by the
strategies of the property tests. `--cases` names a file that keeps what was drawn: written if it does not exist, else
read. Without it they are drawn anew, and what is drawn then depends on the strategies, on the version of Hypothesis and
on the constants that it finds in the package's source. The script uses public names only, so that it runs before and
after modules move. A digest covers names, types, nulls and values of a table's columns, not its metadata (the version
and the digest of the model).
"""

from __future__ import annotations

import argparse
import base64
import datetime as dt
import gzip
import hashlib
import io
import json
import re
import sys
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.ipc

import customerhealth as ch

Document = dict[str, Any]
Tables = dict[str, pa.Table]
Line = tuple[str, str]

UTC = dt.timezone.utc
FOUR_WEEKS = dt.timedelta(days=28)
EPOCH = dt.datetime(1970, 1, 1, tzinfo=UTC)
BEGIN, END = dt.datetime(2025, 1, 1, tzinfo=UTC), dt.datetime(2026, 7, 1, tzinfo=UTC)
ACCOUNTS = 200
LONG_AGO = "2000-01-01"
AS_OFS = ["2026-01-01", "2026-04-01", "2026-06-01", "2026-07-01"]
MODELS = {  # how many random models of each kind; the name is that of the features
    "metrics": (40, {"scores": False}),
    "scores": (60, {}),
    "peers": (40, {"features": frozenset({"peers"})}),
    "time": (30, {"features": frozenset({"time"})}),
    "life": (60, {"features": frozenset({"life"})}),
}
CONTRACTS = 60
FEWEST_ROWS = 12  # of the tables of a random model together: with fewer most answers are empty


# --- digests ----------------------------------------------------------------------------------------------------------


def digest_of(value: Any) -> str:
    """The SHA-256 of a table's columns, or of a text."""
    found = hashlib.sha256()
    if isinstance(value, str):
        found.update(value.encode())
        return found.hexdigest()
    table = pa.table(value)
    found.update(str(table.num_rows).encode())
    for name, column in zip(table.column_names, table.itercolumns(), strict=True):
        found.update(f"\n{name}\n{column.type}\n".encode())
        for part in parts_of(column):
            found.update(part)
    return found.hexdigest()


def parts_of(column: pa.ChunkedArray) -> Iterator[bytes]:
    """Validity, then values with zero bytes where there is none, whatever the chunks, offsets and dictionaries."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    array = pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)
    valid = np.asarray(array.is_valid())
    yield np.packbits(valid).tobytes()
    if pa.types.is_boolean(array.type):
        yield np.packbits(np.asarray(array.fill_null(False))).tobytes()
    elif pa.types.is_string(array.type) or pa.types.is_large_string(array.type):
        texts = [text.encode() for text in array.fill_null("").to_pylist()]
        yield np.array([len(text) for text in texts], np.int64).tobytes()
        yield b"".join(texts)
    elif pa.types.is_null(array.type):
        yield b""
    else:
        width = array.type.bit_width // 8
        data = array.buffers()[1]
        values = np.zeros((len(array), width), np.uint8)
        if data is not None:
            values[:] = np.frombuffer(data, np.uint8)[array.offset * width :][: values.size].reshape(values.shape)
        values[~valid] = 0
        yield values.tobytes()


def line(name: str, ask: Callable[..., Any], *args: Any, **options: Any) -> Line:
    """What is answered; an error is an answer too."""
    try:
        return name, digest_of(ask(*args, **options))
    except ch.Error as error:
        return name, f"{digest_of(str(error))} {type(error).__name__}"
    except Exception as error:  # not the package's own: its words are those of a library
        return name, f"raises {type(error).__name__}"


def micros(moment: dt.datetime) -> int:
    return (moment - EPOCH) // dt.timedelta(microseconds=1)


# --- what is asked ----------------------------------------------------------------------------------------------------


def asked_of_model(name: str, model: ch.Model, tables: Tables, as_ofs: list[Any]) -> Iterator[Line]:
    """All that a portfolio and its panel say as of some dates, the last of which is the latest."""
    try:
        portfolio = ch.Portfolio(model, tables=tables)
        panel = portfolio.score(as_ofs)
    except ch.Error as error:
        yield f"{name}/panel", f"{digest_of(str(error))} {type(error).__name__}"
        return
    yield line(f"{name}/quality", portfolio.quality)
    yield f"{name}/panel", digest_of(panel.table)
    yield line(f"{name}/reasons", panel.reasons)
    for score in model.scores:
        yield from asked_of_score(f"{name}/{score}", panel, score, as_ofs, tables)
    if model.plays:
        yield line(f"{name}/plays/open", panel.plays)
        yield line(f"{name}/plays/closed", panel.plays, closed=True)
    yield from asked_of_life(name, portfolio, as_ofs[0], as_ofs[-1])
    accounts = panel.table["account_id"].unique().to_pylist()
    for place in sorted({0, len(accounts) // 2, len(accounts) - 1} if accounts else set()):
        yield line(f"{name}/explain/{place}", explained, panel, accounts[place])


def explained(panel: ch.Panel, account: Any) -> str:
    explanation = panel.explain(account)
    return f"{explanation}\n{explanation._repr_html_()}"


def asked_of_score(name: str, panel: ch.Panel, score: str, as_ofs: list[Any], tables: Tables) -> Iterator[Line]:
    first, last = as_ofs[0], as_ofs[-1]
    other = reweighted(panel.model, score)
    beside = None if other is None else ch.Portfolio(other, tables=tables).score(last)
    for deep in (False, True):
        kind = "deep" if deep else "level"
        yield line(f"{name}/contributions/{kind}", panel.contributions, score, deep=deep)
        for number, (start, end) in enumerate([(first, last), *pairwise(as_ofs)]):
            yield line(f"{name}/causes/{kind}/{number}", panel.why_changed, score, start, end, deep=deep)
        if beside is not None:
            yield line(f"{name}/causes/model/{kind}", panel.why_changed, score, last, other=beside, deep=deep)
    for grade in panel.model.to_dict()["scores"][score].get("grades", []):
        yield line(f"{name}/path_to/{grade['name']}", panel.path_to, grade["name"], score=score, as_of=last)


def reweighted(model: ch.Model, score: str) -> ch.Model | None:
    """The model with another weight of the score's first measure; None where its weight is no number."""
    document = model.to_dict()
    measure = next(iter(document["scores"][score]["measures"].values()))
    weight = measure.get("weight", 1)
    if not isinstance(weight, (int, float)):
        return None
    measure["weight"] = 2 * weight + 1
    try:
        return ch.Model.parse(document)
    except ch.ModelError:
        return None  # a sum has no weights


def asked_of_life(name: str, portfolio: ch.Portfolio, first: Any, last: Any) -> Iterator[Line]:
    for journey in portfolio.model.journeys:
        yield line(f"{name}/{journey}/moves", portfolio.moves, journey, LONG_AGO, last)
        for kind in ("transitions", "handoffs", "funnel"):
            yield line(f"{name}/{journey}/{kind}", getattr(portfolio, kind), journey, first, last)
    if portfolio.model.cohorts:
        yield line(f"{name}/memberships", portfolio.memberships, LONG_AGO, last)
        for kind in ("cohorts", "drift"):
            yield line(f"{name}/{kind}", getattr(portfolio, kind), first, last)
        yield line(f"{name}/overlap", portfolio.overlap, last)
    if portfolio.model.plays:
        yield line(f"{name}/replay", lambda: portfolio.replay(first, last).openings)


def asked_of_revenue(name: str, revenue: ch.Revenue, dates: list[Any]) -> Iterator[Line]:
    for kind, known in (("as-of", None), ("as-known", dates[-1])):
        yield line(f"{name}/movements/{kind}", revenue.movements, dates, as_known_at=known)
        yield line(f"{name}/movements/{kind}/detail", revenue.movements, dates, as_known_at=known, detail=True)
        yield line(f"{name}/retention/{kind}", revenue.retention, dates, "1mo", as_known_at=known)
        yield line(f"{name}/waterfall/{kind}", revenue.waterfall, dates, as_known_at=known)
        yield line(f"{name}/cohorts/{kind}", revenue.cohorts, until=dates[-1], as_known_at=known)
    yield line(f"{name}/contracts", revenue.contracts)
    yield line(f"{name}/quality", revenue.quality)


# --- the demo, and the presets on simulated accounts ------------------------------------------------------------------


def demo() -> Iterator[Line]:
    activity = ch.datasets.load_oss_projects()
    dates = ch.dates("2024-09-01", "2026-08-01", every="1mo")
    yield "demo/data", digest_of(activity)
    yield from asked_of_model("demo", ch.Model.preset("oss-projects"), {"activity": activity}, dates)


def presets() -> Iterator[Line]:
    simulation = ch.datasets.simulate(ACCOUNTS, BEGIN, END, seed=1)
    for name, table in [*simulation.items(), ("renewals", simulation.renewals)]:
        yield f"simulation/{name}", digest_of(table)
    contracts = simulation["contracts"]
    roles = {"start": "start_date", "end": "end_date", "known": "signed_at", "key": "contract_id"}
    yield from asked_of_revenue("simulation/revenue", ch.Revenue(contracts, **roles), AS_OFS)
    for name in ch.Model.presets():
        model = ch.Model.preset(name)
        tables = simulation.select(model)
        missing = [table for table, columns in model.tables.items() if not has_all(tables.get(table), columns)]
        if missing:
            yield f"preset/{name}", f"made up, since the simulation lacks them or columns of them: {', '.join(missing)}"
        tables |= MadeUp(model, simulation["accounts"]["account_id"].to_pylist()).tables(missing)
        yield from asked_of_model(f"preset/{name}", model, tables, AS_OFS)


def has_all(table: pa.Table | None, columns: list[str]) -> bool:
    return table is not None and set(columns) <= set(table.column_names)


class MadeUp:
    """Tables for a model, whatever it reads: rows of chance with columns of the types that the model's formulas take.

    Texts are those that the model names; of a column that is not named in any formula nothing but its type is asked.
    """

    ROWS: ClassVar = {"accounts": 1, "events": 40, "states": 6, "intervals": 4}  # an account
    ROLES = ("account", "time", "start", "end", "known", "key", "deleted")
    TYPES = (pa.float64(), pa.string(), pa.bool_(), pa.timestamp("us", "UTC"))

    def __init__(self, model: ch.Model, accounts: list[str]) -> None:
        self.model, self.accounts, self.document = model, accounts, model.to_dict()
        self.random = np.random.Generator(np.random.PCG64(1))

    def tables(self, names: list[str]) -> Tables:
        types = self.types(names)
        return {name: self.table(name, types[name]) for name in names}

    def types(self, names: list[str]) -> dict[str, dict[str, pa.DataType]]:
        """For each column the type with which the fewest formulas are refused, found one column after the other."""
        types = {name: {column: self.role_type(name, column) for column in self.model.tables[name]} for name in names}
        free = [(name, column) for name in names for column in types[name] if not self.role(name, column)]
        for name, column in 2 * free:  # twice: the first time the columns after it are of a type that may not fit
            problems = {}
            for type_ in self.TYPES:
                types[name][column] = type_
                problems[type_] = self.problems(types)
            types[name][column] = min(self.TYPES, key=problems.__getitem__)
        return types

    def problems(self, types: dict[str, dict[str, pa.DataType]]) -> int:
        """How many problems the model has with tables of one row: a column without a value fits any formula."""
        one = {pa.float64(): 1.0, pa.string(): "a", pa.bool_(): True, self.TYPES[3]: BEGIN}
        rows = {
            name: {column: pa.array([one[type_]], type_) for column, type_ in of.items()} for name, of in types.items()
        }
        try:
            ch.Portfolio(self.model, tables={name: pa.table(columns) for name, columns in rows.items()})
        except ch.ModelError as error:
            return len(error.problems)
        return 0

    def role(self, table: str, column: str) -> str | None:
        spec = self.document["tables"][table]
        return next((role for role in self.ROLES if spec.get(role) == column), None)

    def role_type(self, table: str, column: str) -> pa.DataType:
        role = self.role(table, column)
        if role in ("account", "key"):
            return pa.string()
        if role == "deleted":
            return pa.bool_()
        return pa.timestamp("us", "UTC") if role else pa.string()

    def table(self, name: str, types: dict[str, pa.DataType]) -> pa.Table:
        rows = self.ROWS[self.document["tables"][name]["kind"]]
        owners = [account for account in self.accounts for _ in range(rows)]
        happened = self.instants(len(owners))
        columns = {column: self.column(name, column, type_, owners, happened) for column, type_ in types.items()}
        return pa.table(columns)

    def column(self, table: str, name: str, type_: pa.DataType, owners: list[str], happened: Any) -> pa.Array:
        role, count = self.role(table, name), len(owners)
        if role == "account":
            return pa.array(owners)
        if role == "key":
            numbers = self.random.integers(0, 3, count)
            return pa.array([f"{owner}-{number}" for owner, number in zip(owners, numbers, strict=True)])
        missing = None if role in ("time", "start") else self.random.random(count) < (0.3 if role == "end" else 0.05)
        if pa.types.is_timestamp(type_):
            longest = {"time": 0, "start": 0, "known": 5, "end": 400}.get(role or "", -200)
            moved = happened + (self.random.random(count) * longest * 86_400_000_000).astype(np.int64)
            if role in ("known", "end"):
                moved = np.maximum(moved, happened + 1)
            return pa.array(moved, mask=missing).cast(type_)
        if pa.types.is_boolean(type_):
            return pa.array(self.random.random(count) < (0.05 if role == "deleted" else 0.5), mask=missing)
        if pa.types.is_string(type_):
            words = self.words(name)
            return pa.array([words[place] for place in self.random.integers(0, len(words), count)], mask=missing)
        numbers = np.array([0, 1, 2, 3, 5, 8, 20, 60, 100, 0.25, 0.5, 0.8, 1.5])
        return pa.array(numbers[self.random.integers(0, len(numbers), count)], mask=missing)

    def instants(self, count: int) -> Any:
        return micros(BEGIN) + (self.random.random(count) * (micros(END) - micros(BEGIN))).astype(np.int64)

    def words(self, column: str) -> list[str]:
        """The texts that stand in the metrics which mention the column, and one that no model knows."""
        texts = [json.dumps(spec, ensure_ascii=False) for spec in self.document["metrics"].values()]
        mentioned = [text for text in texts if re.search(rf"\b{re.escape(column)}\b", text)]
        found = [word for text in mentioned for word in re.findall(r"'([^']*)'", text)]
        for text in mentioned:
            spec = json.loads(text)
            for words in (spec.get("by", {}).get("values", []), spec.get("wanted", [])):
                found += [word for word in words if isinstance(word, str)]
        return sorted({*found, "other"})


# --- random models and contracts --------------------------------------------------------------------------------------


def drawn() -> list[Document]:
    """What the strategies of the property tests draw, as JSON values that know nothing of the strategies."""
    sys.path.insert(0, str(Path(__file__).parent / "python"))
    import contract_strategies
    import model_strategies

    found: list[Document] = []
    for kind, (count, options) in MODELS.items():
        wanted = ("journeys", "cohorts") if kind == "life" else ("metrics",) if kind == "metrics" else ("scores",)
        strategy = model_strategies.cases(**options).filter(
            lambda case, wanted=wanted: (
                sum(map(len, case.rows.values())) >= FEWEST_ROWS and all(case.model[name] for name in wanted)
            )
        )
        for case in examples_of(strategy, count):
            tables = {name: packed(table) for name, table in case.tables().items()}
            found.append({"kind": kind, "model": case.model, "tables": tables, "as_ofs": sorted(set(case.as_ofs))})
    for case in examples_of(contract_strategies.contracts(), CONTRACTS):
        named = {name: name for name in ("product", "billing_period") if name in case.schema}
        options = {"mrr": "mrr", "gap": case.gap, **case.options, **named}
        found.append({"kind": "contracts", "tables": packed(case.frame()), "options": options, "as_ofs": case.dates})
    return found


def examples_of(strategy: Any, count: int) -> list[Any]:
    from hypothesis import HealthCheck, Phase, given, seed, settings

    found: list[Any] = []
    slow = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]
    slow += [HealthCheck.filter_too_much]

    @seed(1)
    @settings(max_examples=count, database=None, deadline=None, phases=[Phase.generate], suppress_health_check=slow)
    @given(strategy)
    def draw(case: Any) -> None:
        found.append(case)

    draw()
    return found[:count]


def packed(table: pa.Table) -> str:
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return base64.b64encode(sink.getvalue()).decode()


def unpacked(text: str) -> pa.Table:
    return pa.ipc.open_stream(base64.b64decode(text)).read_all()


def kept(path: Path | None) -> list[Document]:
    """The cases of the file, or new ones, which are written to it."""
    if path is not None and path.exists():
        found: list[Document] = json.loads(gzip.decompress(path.read_bytes()))
        return found
    found = json.loads(json.dumps(drawn()))
    if path is not None:
        path.write_bytes(gzip.compress(json.dumps(found).encode(), mtime=0))
    return found


def random_cases(path: Path | None) -> Iterator[Line]:
    cases = kept(path)
    yield "random/cases", digest_of(json.dumps(cases))
    for number, case in enumerate(cases):
        name = f"random/{number:03}-{case['kind']}"
        drawn_as_ofs = [EPOCH + dt.timedelta(microseconds=at) for at in case["as_ofs"]]
        as_ofs = [drawn_as_ofs[0] - FOUR_WEEKS, *drawn_as_ofs, drawn_as_ofs[-1] + FOUR_WEEKS]
        if case["kind"] == "contracts":
            yield from asked_of_revenue(name, ch.Revenue(unpacked(case["tables"]), **case["options"]), as_ofs)
        else:
            tables = {table: unpacked(text) for table, text in case["tables"].items()}
            yield from asked_of_model(name, ch.Model.parse(case["model"]), tables, as_ofs)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--cases", type=Path, help="a file that keeps the random cases (.json.gz)")
    path = parser.parse_args().cases
    for lines in (demo(), presets(), random_cases(path)):
        for name, digest in lines:
            sys.stdout.write(f"{name} {digest}\n")


if __name__ == "__main__":
    main()
