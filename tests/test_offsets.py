"""What docs/consuming.md says of offsets in languages whose strings are UTF-16."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.documentation import blocks

TEXT = "Kabar \U0001f91d dari Jakarta \U0001f1ee\U0001f1e9: Menlu \U0001f54a\ufe0f tiba."
WORDS = "Menlu \U0001f54a\ufe0f tiba"
START = TEXT.index(WORDS)
END = START + len(WORDS)

PROGRAM = """
import java.util.Map;

public class Shown {
    record Span(String field, int start, int end) {}

    public static void main(String[] none) {
        Map<String, String> event = Map.of("text", "%s");
        Span span = new Span("text", %d, %d);
        %s
        words.codePoints().forEach(System.out::println);
    }
}
"""


def utf16(text: str) -> list[int]:
    """The code units of a text."""
    encoded = text.encode("utf-16-be")
    return [int.from_bytes(encoded[index : index + 2]) for index in range(0, len(encoded), 2)]


@pytest.mark.skipif(shutil.which("javac") is None, reason="there is no Java compiler")
def test_the_java_of_the_guide_finds_the_words(tmp_path: Path) -> None:
    [shown] = [block.text for block in blocks() if block.language == "java"]
    escaped = "".join(f"\\u{unit:04x}" for unit in utf16(TEXT))
    source = tmp_path / "Shown.java"
    source.write_text(PROGRAM % (escaped, START, END, shown), encoding="ascii")
    done = subprocess.run(["java", str(source)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert [int(line) for line in done.stdout.split()] == [ord(character) for character in WORDS]
