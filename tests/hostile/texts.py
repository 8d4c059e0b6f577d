"""Texts made to do harm: to terminals, parsers, regular expressions and offsets."""

from __future__ import annotations

from random import Random

STEERING = [
    "\x1b[31m", "\x1b[2J\x1b[H", "\x1b]0;judul\x07", "\x1b]8;;http://jahat.example\x1b\\tautan\x1b]8;;\x1b\\",
    "\x1b]52;c;cm0gLXJmIC8=\x07", "\x1bP+q544e\x1b\\", "\x9b31m", "\x9d52;c;eA==\x9c", "\x85", "\r",
    "\x08\x08\x08", "\x7f",
    "\x00", "\x07", "\x0e", "\u202e", "\u202a\u202b\u202c\u202d", "\u2066\u2067\u2068\u2069",
    "\u200e\u200f\u061c",
    "\u200b\u200c\u200d\u2060\ufeff", "\u2028\u2029", "\U000e0041\U000e007f", "\ufff9\ufffa\ufffb",
    "[bold red]", "[/bold]", "[link=http://jahat.example]x[/link]", "[/]", "\\[", ":bomb:", "%s%n%d",
    "{0}{x}", "$(reboot)",
    "X-Injected: 1\r\nX: 2",
]  # fmt: skip
MARKUP = [
    "<p>", "</p>", "<div>", "</div>", "<b>", "</i>", "<br/>", "<a href='x'>", "</a>", "<table>",
    "<tr><td>", "</table>",
    "<script>alert(1)</script>", "<script>", "<style>", "<!--", "-->", "<!-->", "<![CDATA[", "<?php",
    "<!doctype html>",
    "<html><head>", "<body>", "</html>", "<svg onload=alert(1)>", "<img src=x onerror=alert(1)>",
    "<select><option>", "<p",
    "<p a='", '<p a="<b>">', "<nav>", "</nav>", "<plaintext>", "<textarea>", "<template>", "<zzz>",
    "<p hidden>", "<pre>",
    "&amp;", "&amp;amp;lt;", "&#38;", "&#0;", "&#xd800;", "&#x110000;", "&#99999999;", "&nbsp;",
    "&notanentity;", "&lt;p&gt;",
    "&#x301;", "&#x202e;", "&", "<", ">", "<3",
]  # fmt: skip
PHRASES = [
    "Kata menteri.", "Presiden Joko Widodo bertemu Vladimir Putin di Jakarta.", "JAKARTA, KOMPAS.com - ", "Jakarta - ",
    "TRIBUNNEWS.COM, WASHINGTON - ", "Baca juga: ", "Baca: Harga Beras Naik Lagi", "(Baca juga: ",
    "(abc/def)", "(*)",
    "Penulis: Ani Editor: Budi", "Laporan Wartawan ", "Badan Nasional (BNPT) alias ",
    "Densus 88 menangkap teroris ISIS.",
    "[Gambas:Video]", "ADVERTISEMENT", "SCROLL TO CONTINUE WITH CONTENT", "---\ntitle: x\n---\n",
    ",,", '.,"', "\n", "\n\n",
    "\\n", '\\"', "\\u0041", "\\ud83d\\ude00", "\\ud800", "PRESIDEN TIBA DI JENEWA",
    "Kata Menteri Luar Negeri Rusia Hari Ini",
    "Syahrial (SA)", "UU 5 Tahun 2018", "10.000,5", "a.b.c.d", "Ba'asyir", "JoKoWi-nya", "A.S.", "-nya",
]  # fmt: skip
LETTERS = [
    "é", "e\u0301", "\u0301", "\u0301\u0323", "ﬁ", "ﷺ", "İ", "ß", "ẞ", "ǅ", "ſ", "K", "٣", "๓", "²",
    "Ⅷ", "𝐉𝐚𝐤𝐚𝐫𝐭𝐚", "東京", "서울",
    "العربية", "עברית", "हिन्दी", "ไทย", "👩‍👩‍👧‍👦", "🇮🇩", "☺️", "\U0010ffff", "\ue000",
    "\ue001\ue002", "\ufffe", "\u00ad", "\u00a0", "\u3000",
    "â€œ", "Ã©", "‚Äú", "\ufffd", "“", "”", "’", "–", "—", "…", "ʻ", "׳", "\u0488", "\u20dd",
]  # fmt: skip
UNITS = [
    *STEERING,
    *MARKUP,
    *PHRASES,
    *LETTERS,
    "a",
    "A ",
    "(",
    "[",
    "{",
    '"',
    "'",
    "-",
    ".",
    ",",
    "!",
    "=",
    "1 ",
    "A.",
    "\t",
    " ",
]
TRUE = [
    "Presiden Joko Widodo bertemu Presiden Rusia Vladimir Putin di Istana Bogor, Senin.",
    "Kementerian Luar Negeri memanggil duta besar Australia di Jakarta untuk meminta penjelasan.",
    "Densus 88 Antiteror menangkap tiga terduga teroris jaringan ISIS di Bekasi dan menyita bahan peledak.",
    "Harga cabai di Pasar Senen naik menjelang hari raya, kata pedagang.",
]


def line(chosen: Random) -> str:
    """A few pieces of everything, as a title, an id or a name."""
    return "".join(chosen.choices(UNITS, k=chosen.randint(1, 6)))


def prose(chosen: Random) -> str:
    """Sentences with harm among them."""
    pieces = [
        chosen.choice(TRUE) if chosen.random() < 0.4 else chosen.choice(UNITS)
        for _ in range(chosen.randint(1, 14))
    ]
    return chosen.choice(["", " ", " ", "\n"]).join(pieces)


def body(chosen: Random) -> str:
    """The body of an article: prose, soup, repetition, or any characters at all."""
    match chosen.randrange(10):
        case 0:
            unit = "".join(chosen.choices(UNITS, k=chosen.randint(1, 3)))
            return chosen.choice(["", "Kata menteri. "]) + unit * chosen.choice([3, 50, 400])
        case 1:
            return "".join(chosen.choices(MARKUP, k=chosen.randint(1, 60))) + prose(chosen)
        case 2:
            return "".join(chr(chosen.randrange(0x110000)) for _ in range(chosen.randint(0, 60)))
        case 3:
            return "<html><body>" + "".join(f"<p>{prose(chosen)}" for _ in range(chosen.randint(1, 5)))
        case 4:
            return chosen.choice(["", " ", "\n", "\u200b", "<p></p>", "😀", "..."])
        case _:
            return prose(chosen)
