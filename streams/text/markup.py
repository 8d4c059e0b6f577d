"""HTML to plain text: fragments as a content system stores them, and whole pages."""

from __future__ import annotations

import logging
import re

from selectolax.lexbor import LexborHTMLParser

from streams.text import tags
from streams.text.characters import unescape

# The length of a tag is bounded so that a stray "<" in a long text cannot make the search quadratic.
_TAG = re.compile(
    rf"<(/?)({'|'.join(sorted(tags.NAMES, key=len, reverse=True))})(?=[\s/>])[^<>]{{0,4000}}>", re.IGNORECASE
)
_PAGE = re.compile(r"<(?:html|body|head|!doctype)[\s>]", re.IGNORECASE)
_BREAKING = re.compile(r"<(?:p|div|br|li|h[1-6]|table|tr|td|article|section|blockquote)[\s/>]", re.IGNORECASE)

# What finds the article of a page looks at each element many times; real pages have a thousand or two.
_MOST_TAGS_OF_PAGE = 6_000

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
    if "<" not in body or not (_TAG.search(body) or tags.DECLARATION.search(body) or "<!--" in body):
        return unescape(body)
    shape = tags.shape(body)
    if shape.is_excessive:
        return unescape(tags.without_tags(body))
    body = tags.with_few_attributes(body)
    is_page = _PAGE.search(body) is not None and shape.tags <= _MOST_TAGS_OF_PAGE
    return (_page(body) if is_page else "") or _fragment(
        tags.without_formatting(body) if shape.is_overformatted else body
    )


def _page(body: str) -> str:
    """The main text of a whole page, or nothing if none is found."""
    # Its import takes most of a second, and most articles are no whole pages.
    import trafilatura  # noqa: PLC0415
    from trafilatura.xml import xmltotxt  # noqa: PLC0415

    # What it has to say of an article could only repeat what stands in it.
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL + 1)
    # Not `extract`, which brings the text into NFC before anybody has looked at how many marks it has.
    document = trafilatura.bare_extraction(
        body,
        output_format="txt",
        include_comments=False,
        include_tables=True,
        favor_recall=True,
        deduplicate=False,
    )
    found = xmltotxt(getattr(document, "body", None), include_formatting=False)
    return "\n\n".join(line for line in found.split("\n") if line.strip())


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
