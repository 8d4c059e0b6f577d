"""Paragraphs."""

from streams.text.paragraphs import arrange


def test_a_single_line_feed_ends_a_paragraph() -> None:
    assert arrange("Rapat dibuka.\nMenteri hadir.") == "Rapat dibuka.\n\nMenteri hadir."


def test_many_blank_lines_become_one() -> None:
    assert arrange("Rapat dibuka.\n\n \n\nMenteri hadir.\n") == "Rapat dibuka.\n\nMenteri hadir."


def test_a_body_without_paragraphs_stays_one() -> None:
    assert arrange("Rapat dibuka. Menteri hadir.") == "Rapat dibuka. Menteri hadir."


def test_a_paragraph_broken_at_a_margin_is_joined() -> None:
    text = (
        "Rapat dibuka oleh menteri luar negeri di kantor perwakilan\n"
        "PBB di Jenewa pada Selasa pagi dan dihadiri utusan dari\n"
        "sembilan negara."
    )
    assert arrange(text) == text.replace("\n", " ")


def test_a_sentence_that_goes_on_in_the_next_line_is_joined() -> None:
    text = (
        "Rapat itu dibuka oleh menteri luar negeri di kantor\nperwakilan PBB. " + "Semua utusan hadir. " * 8
    )
    assert arrange(text) == " ".join(text.split())


def test_a_list_keeps_its_lines() -> None:
    assert arrange("Hasil:\n1. Ghana\n2. Peru\n3. Chad").count("\n\n") == 3
