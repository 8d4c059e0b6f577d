"""HTML to plain text: fragments as a content system stores them, and whole pages."""

from __future__ import annotations

import re

from selectolax.lexbor import LexborHTMLParser

from streams.text.characters import unescape

_NAMES = frozenset(
    [
        "a",
        "abbr",
        "acronym",
        "address",
        "article",
        "aside",
        "b",
        "big",
        "blockquote",
        "body",
        "br",
        "button",
        "caption",
        "center",
        "cite",
        "code",
        "col",
        "colgroup",
        "dd",
        "del",
        "details",
        "dfn",
        "div",
        "dl",
        "dt",
        "em",
        "embed",
        "fieldset",
        "figcaption",
        "figure",
        "font",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "head",
        "header",
        "hr",
        "html",
        "i",
        "iframe",
        "img",
        "input",
        "ins",
        "kbd",
        "label",
        "legend",
        "li",
        "link",
        "main",
        "mark",
        "meta",
        "nav",
        "noscript",
        "object",
        "ol",
        "option",
        "p",
        "param",
        "picture",
        "pre",
        "q",
        "s",
        "samp",
        "script",
        "section",
        "select",
        "small",
        "source",
        "span",
        "strike",
        "strong",
        "style",
        "sub",
        "summary",
        "sup",
        "svg",
        "table",
        "tbody",
        "td",
        "template",
        "textarea",
        "tfoot",
        "th",
        "thead",
        "time",
        "title",
        "tr",
        "tt",
        "u",
        "ul",
        "var",
        "video",
        "wbr",
        "amp-img",
        "amp-ad",
        "audio",
        "canvas",
        "math",
        "path",
        "g",
    ]
)
# Their end tags may be left out, so that an open one tells nothing of the depth.
_VOID = frozenset({"br", "hr", "img", "input", "link", "meta", "param", "source", "col", "embed", "wbr"})
_UNCLOSED = _VOID | {"p", "li", "td", "th", "tr", "dd", "dt", "option"}
# The length of a tag is bounded so that a stray "<" in a long text cannot make the search quadratic.
_TAG = re.compile(
    rf"<(/?)({'|'.join(sorted(_NAMES, key=len, reverse=True))})(?=[\s/>])[^<>]{{0,4000}}>", re.IGNORECASE
)
_DECLARATION = re.compile(r"<!doctype[^<>]{0,500}>", re.IGNORECASE)
_PAGE = re.compile(r"<(?:html|body|head|!doctype)[\s>]", re.IGNORECASE)
_BREAKING = re.compile(r"<(?:p|div|br|li|h[1-6]|table|tr|td|article|section|blockquote)[\s/>]", re.IGNORECASE)

# Lexbor takes quadratic time on deep nesting (50 s for 100,000 levels); real pages stay under 100.
_DEEPEST = 500

_PARAGRAPH, _LINE, _CELL = "\ue000", "\ue001", "\ue002"
_BLOCKS = (
    "p,div,h1,h2,h3,h4,h5,h6,blockquote,pre,article,section,main,address,ul,ol,dl,table,form,fieldset,figure,figcaption,"
    "details,summary,center,caption,hr,header,footer,nav,aside"
)
_ROWS = "tr,dt,dd"
_NEVER = "script,style,noscript,template,iframe,object,embed,svg,math,button,select,textarea,head,canvas,audio,video"
_HIDDEN = '[hidden],[style*="display:none"],[style*="display: none"]'
_AROUND = "nav,header,footer,aside,form,figcaption"
_SPACE = re.compile(r"\s+")
_GAP = re.compile(f" ?[{_LINE}{_PARAGRAPH}](?:[ {_LINE}{_PARAGRAPH}{_CELL}]*)")


def to_text(body: str) -> str:
    """The text of `body`, HTML or not, with a blank line between paragraphs and its entities decoded.

    Plain text that merely contains "<" or "&" is not changed. Of a whole page only the article is kept.
    """
    if "<" not in body or not (_TAG.search(body) or _DECLARATION.search(body) or "<!--" in body):
        return unescape(body)
    if _too_deep(body):
        return unescape(_TAG.sub("\n", _without_comments(body)))
    return (_page(body) if _PAGE.search(body) else "") or _fragment(body)


def _without_comments(body: str) -> str:
    first, *rest = _DECLARATION.sub(" ", body).split("<!--")
    return " ".join([first, *(part.partition("-->")[2] for part in rest)])


def _too_deep(body: str) -> bool:
    depth = 0
    for match in _TAG.finditer(body):
        closing, name = match[1], match[2].lower()
        if name not in _UNCLOSED:
            depth += -1 if closing else 1
        if depth > _DEEPEST:
            return True
    return False


def _page(body: str) -> str:
    """The main text of a whole page, or nothing if none is found."""
    # Its import takes most of a second, and most articles are no whole pages.
    import trafilatura  # noqa: PLC0415

    found = trafilatura.extract(
        body, include_comments=False, include_tables=True, favor_recall=True, deduplicate=False
    )
    return "\n\n".join(line for line in (found or "").split("\n") if line.strip())


def _fragment(body: str) -> str:
    """The text of a fragment, block by block."""
    keep_breaks = not _BREAKING.search(body)
    tree = LexborHTMLParser(body.replace("\n", _LINE) if keep_breaks else body)
    for node in tree.css(f"{_NEVER},{_HIDDEN}"):
        node.decompose()
    everything = _flow(tree)
    around = tree.css(_AROUND)
    if not around:
        return everything
    for node in around:
        node.decompose()
    return _flow(tree) or everything


def _flow(tree: LexborHTMLParser) -> str:
    root = tree.body
    if root is None:
        return ""
    copy = LexborHTMLParser(root.html or "")
    if copy.body is None:
        return ""
    for node in copy.css("td + td,th + td,td + th,th + th"):
        node.insert_before(_CELL)
    for node in copy.css("li"):
        node.insert_before(f"{_LINE}- ")
        node.insert_after(_LINE)
    for node in copy.css("br"):
        node.replace_with(_LINE)
    for node in copy.css(_ROWS):
        node.insert_before(_LINE)
        node.insert_after(_LINE)
    for node in copy.css(_BLOCKS):
        node.insert_before(_PARAGRAPH)
        node.insert_after(_PARAGRAPH)
    text = _SPACE.sub(" ", copy.body.text(deep=True))
    text = _GAP.sub(
        lambda match: "\n\n" if _PARAGRAPH in match[0] or match[0].count(_LINE) > 1 else "\n", text
    )
    return text.replace(_CELL, " | ").strip()
