"""A notebook file as one page of HTML that needs nothing else and can do nothing."""

from __future__ import annotations

from base64 import b64encode
from html import escape
from typing import Any

from collab.ipynb.texts import language_of

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:"

TAGS = (
    *("a", "abbr", "b", "blockquote", "br", "caption", "code", "col", "colgroup", "dd", "del", "details"),
    *("div", "dl", "dt", "em", "figcaption", "figure", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i"),
    *("img", "kbd", "li", "mark", "ol", "p", "pre", "s", "samp", "small", "span", "strong", "sub"),
    *("summary", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul", "var"),
)


def _allowed(tag: str, name: str, value: str) -> bool:
    """Tell which attributes of people's HTML stay: no style, no handler, and no picture from elsewhere."""
    if name == "src":
        return tag == "img" and value.startswith("data:image/")
    own = {"a": ("href",), "img": ("alt", "width", "height"), "td": SPANS, "th": SPANS}.get(tag, ())
    return name in ("class", "id", "title", "lang", "dir") or name in own


SPANS = ("colspan", "rowspan")

STYLE = """\
body { max-width: 900px; margin: 40px auto; padding: 0 24px; color: #1d2230; background: #fff; }
body { font: 15px/1.6 system-ui, sans-serif; }
h1, h2, h3 { line-height: 1.25; letter-spacing: -0.01em; }
pre { font: 13px/20px ui-monospace, Menlo, Consolas, monospace; overflow-x: auto; margin: 0; }
.prompt, .output_prompt, .anchor-link { display: none; }
.input_area { margin: 18px 0 6px; padding: 10px 14px; border: 1px solid #8884; border-radius: 10px; }
.output_area { margin: 6px 0 6px 15px; }
.output_stderr pre, .output_error pre { color: #b3261e; }
img, svg { max-width: 100%; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 13px; }
th, td { padding: 4px 10px; border-bottom: 1px solid #8884; text-align: left; }
table.dataframe :is(th, td) { text-align: right; }
.highlight, .highlight pre { background: none; line-height: 20px; }
blockquote { margin-left: 0; padding-left: 16px; border-left: 3px solid #8886; }
"""


def as_html(file: dict[str, Any], title: str) -> str:
    """Return the page. Scripts are taken out, and its policy would stop one that was missed."""
    import nbformat
    from nbconvert.exporters import HTMLExporter
    from pygments.formatters import HtmlFormatter

    for cell in file["cells"]:
        if language_of(cell) != "python":
            cell["metadata"]["magics_language"] = language_of(cell)
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            data.setdefault("text/plain", "")  # the exporter warns of what it cannot show
            if "image/svg+xml" in data:
                drawn = b64encode(data.pop("image/svg+xml").encode()).decode()
                data["text/html"] = f'<img alt="" src="data:image/svg+xml;base64,{drawn}">'
    exporter = HTMLExporter(template_name="basic", sanitize_html=True, embed_images=True)  # type: ignore[no-untyped-call]
    exporter.register_filter("clean_html", _clean)  # type: ignore[no-untyped-call]
    notebook = nbformat.from_dict(file)  # type: ignore[no-untyped-call]
    body, _ = exporter.from_notebook_node(notebook)
    colours = HtmlFormatter(style="friendly").get_style_defs(".highlight")
    head = (
        f'<meta charset="utf-8">\n<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>\n{colours}\n{STYLE}\n</style>"
    )
    main = f"<body>\n<main>\n{body}\n</main>\n</body>"
    return f"<!doctype html>\n<html>\n<head>\n{head}\n</head>\n{main}\n</html>\n"


def _clean(html: str) -> str:
    import bleach

    return str(bleach.clean(html, TAGS, _allowed, ["http", "https", "mailto", "data"], strip=True))
