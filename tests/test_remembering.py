"""What was worked out of a text is remembered until labelling is over."""

from biodatamine_core.vocabulary import forget_texts, remembered


def test_a_text_is_worked_out_once_and_again_when_all_is_forgotten() -> None:
    worked_out = []

    @remembered
    def length_of(text: str) -> int:
        worked_out.append(text)
        return len(text)

    assert [length_of("CT THORAX"), length_of("CT THORAX")] == [9, 9]
    assert worked_out == ["CT THORAX"]
    forget_texts()
    assert length_of("CT THORAX") == 9
    assert worked_out == ["CT THORAX"] * 2
