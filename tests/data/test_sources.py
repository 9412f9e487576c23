"""Packs: what is read, what is dropped, and that neither side of the split knows the other."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from style2color.data import labels
from style2color.data.sources import (
    PACKS,
    PACKS_VARIABLE,
    is_useful,
    packs_folder,
    provenance,
    read_pack,
    split_of,
    split_of_family,
)
from style2color.errors import DataError, UsageError

REAL_PACKS = packs_folder()
needs_packs = pytest.mark.skipif(
    not (REAL_PACKS / "duelyst.tar").is_file(), reason=f"no packs; set {PACKS_VARIABLE}"
)


def test_only_permissive_packs_ship() -> None:
    assert {name for name, pack in PACKS.items() if pack.ships} == {
        "duelyst", "openclipart", "ltcrpg", "fungus", "gophers", "chibi",
    }  # fmt: skip
    assert not any(pack.ships and pack.share_alike for pack in PACKS.values())
    assert PACKS["imagenet_sample"].use == "research"


def test_pictures_come_on_white_at_the_size_with_exact_lines(tiny_packs: Path) -> None:
    pictures = list(read_pack("chibi", tiny_packs, 64))
    assert len(pictures) == 40
    for picture in pictures:
        assert picture.rgb.dtype == np.uint8
        assert picture.rgb.shape[2] == 3
        assert max(picture.rgb.shape) == 64
        assert picture.lines is not None
        assert picture.lines.dtype == np.uint8
        assert picture.lines.shape == picture.rgb.shape[:2]
        assert picture.lines.min() < 60 < 200 < picture.lines.max()
    assert [p.id for p in pictures] == [p.id for p in read_pack("chibi", tiny_packs, 64)]


def test_pictures_are_never_enlarged(tiny_packs: Path) -> None:
    assert next(read_pack("chibi", tiny_packs, 512)).rgb.shape == (160, 128, 3)


def test_useless_pictures_and_repeats_are_dropped(tiny_packs: Path) -> None:
    assert [p.id for p in read_pack("openclipart", tiny_packs, 128)] == [
        "openclipart/animals_cat_01_svg"
    ]


def test_a_recoloured_figure_is_another_character_of_the_same_family(tiny_packs: Path) -> None:
    pictures = list(read_pack("chibi", tiny_packs, 64))
    assert len({p.character for p in pictures}) == 40
    assert len({p.family for p in pictures}) == 20
    by_family = {p.family: split_of(p) for p in pictures}
    assert all(split_of(p) == by_family[p.family] for p in pictures)


@pytest.mark.parametrize(
    ("stem", "character", "family"),
    [
        ("emote_f4_alt_angry_2x", "f4_alt", "f4_alt"),
        ("generals_general_f4alt", "f4_alt", "f4_alt"),
        ("generals_general_portrait_image_hex_f4_alt", "f4_alt", "f4_alt"),
        ("dialogue_speech_portrait_abyssianalt", "f4_alt", "f4_alt"),
        ("dialogue_speech_portrait_lyonar_side", "f1", "f1"),
        ("emote_basic_angry_2x", "f2", "f2"),
        ("emote_f4_angry_2x", "f4_purple", "f4"),
        ("emote_f4_teal_taunt_alt_2x", "f4", "f4"),
        ("generals_general_portrait_image_f4", "f4", "f4"),
        ("boss_battles_boss_calibero_portrait_image_hex", "calibero", "calibero"),
        ("boss_battles_boss_calibero_versus_portrait", "calibero", "calibero"),
        ("dialogue_dialogue_general_calibero", "calibero", "calibero"),
        ("generals_general_portrait_image_rooksquare", "rook", "rook"),
        ("emote_alpha_rook_2x", "rook", "rook"),
        ("emote_neutral_mechaz0r_wings_happy_2x", "mechaz0r_wings", "mechaz0r_wings"),
    ],
)
def test_one_duelyst_character_has_one_key(stem: str, character: str, family: str) -> None:
    assert labels.duelyst(stem, None) == labels.Label(character, family)


@pytest.mark.parametrize(
    "stem",
    [
        "generals_general_portrait_border_highlight",
        "generals_general_unknown",
        "boss_battles_glow_ring",
        "boss_battles_boss_vampire_portrait_hex",
        "dialogue_speech_portrait_vampire",
        "dialogue_speech_portrait_neutral",
    ],
)
def test_duelyst_frames_and_pixel_sprites_are_dropped(stem: str) -> None:
    assert labels.duelyst(stem, None) is None


def test_fragments_and_signs_are_dropped() -> None:
    assert labels.ltcrpg("suits_suits_mouth_1_0", "suits") is None
    assert labels.ltcrpg("suits_suits_base_0", "suits") == labels.Label("suits", "suits")
    assert labels.openclipart("transportation_roadsigns_stop_svg", None) is None
    assert labels.openclipart("people_stickmen_blueman_101_02_svg", None) is None
    assert labels.openmoji("1F1E6", "flags", "") is None


def test_clip_art_in_several_versions_is_one_family() -> None:
    for one, other in (
        ("people_clothing_hats_blue_fedora_svg", "people_clothing_hats_red_fedora_svg"),
        ("people_smilies_smiley001_svg", "people_smilies_base_svg"),
        ("unsorted_foglie_arancioni_svg", "unsorted_foglie_verdi_svg"),
    ):
        first, second = labels.openclipart(one, None), labels.openclipart(other, None)
        assert first is not None
        assert second is not None
        assert first.family == second.family
        assert first.character != second.character


def test_moods_of_a_campaign_portrait_are_one_character() -> None:
    names = ("httt_konrad_elvish_mad_png", "httt_konrad_elvish_concerned_png")
    assert {labels.campaigns(name, None).character for name in names} == {"httt_konrad_elvish"}


def test_is_useful_wants_colour_and_a_drawing(drawing: tuple[np.ndarray, np.ndarray]) -> None:
    rgb, lines = drawing
    assert is_useful(rgb)
    assert not is_useful(np.dstack([lines] * 3))
    assert not is_useful(np.full((64, 64, 3), 255, np.uint8))
    silhouette = np.full((64, 64, 3), 255, np.uint8)
    silhouette[8:56, 8:56] = (200, 30, 30)
    assert not is_useful(silhouette)


def test_about_fifteen_percent_are_held_out_and_evaluation_packs_wholly() -> None:
    sides = Counter(split_of_family("chibi", f"chibi/chibi{n:05d}") for n in range(750))
    assert 0.12 < sides["held-out"] / 750 < 0.18
    assert sides["held-out"] >= 60
    assert {split_of_family("snowy", f"snowy/{n}") for n in range(99)} == {"held-out"}


@needs_packs
def test_the_held_out_side_has_characters_with_many_drawings() -> None:
    for name, least_drawings, least_characters in (("duelyst", 8, 3), ("ltcrpg", 3, 3)):
        pictures = list(read_pack(name, REAL_PACKS, 64))
        held = Counter(p.character for p in pictures if split_of(p) == "held-out")
        trained = {p.character for p in pictures if split_of(p) == "train"}
        assert sum(count >= least_drawings for count in held.values()) >= least_characters
        assert not trained & set(held)
        assert 0.08 < held.total() / len(pictures) < 0.25


@needs_packs
def test_vector_packs_are_drawn_with_their_exact_lines() -> None:
    pytest.importorskip("resvg_py")
    gopher = next(read_pack("gophers", REAL_PACKS, 96))
    assert max(gopher.rgb.shape) == 96
    assert gopher.lines is None
    emoji = next(read_pack("openmoji", REAL_PACKS, 96))
    assert emoji.lines is not None
    assert emoji.lines.shape == emoji.rgb.shape[:2] == (96, 96)
    # Where the line is black, the coloured picture is black too.
    assert emoji.rgb[emoji.lines < 20].max() < 60


def test_provenance_counts_either_side(tiny_packs: Path) -> None:
    (row,) = provenance(tiny_packs, ["chibi"])
    assert (row.pack, row.ships, row.train + row.held_out) == ("chibi", True, 40)


def test_a_missing_pack_says_how_to_name_the_folder(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"--packs or STYLE2COLOR_PACKS"):
        next(read_pack("duelyst", tmp_path, 64))


@pytest.mark.parametrize("cut", [0, 700, 30_000])
def test_a_cut_archive_is_a_data_error(tiny_packs: Path, tmp_path: Path, cut: int) -> None:
    whole = (tiny_packs / "chibi.tar").read_bytes()
    (tmp_path / "chibi.tar").write_bytes(whole[:cut])
    with pytest.raises(DataError, match="chibi"):
        list(read_pack("chibi", tmp_path, 64))


def test_an_unknown_pack_and_a_silly_size_are_usage_errors(tiny_packs: Path) -> None:
    with pytest.raises(UsageError, match="known packs"):
        next(read_pack("nothing", tiny_packs, 64))
    with pytest.raises(UsageError, match="too small"):
        next(read_pack("chibi", tiny_packs, 4))


def test_the_folder_is_option_then_variable_then_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PACKS_VARIABLE, "elsewhere")
    assert packs_folder(Path("here")) == Path("here")
    assert packs_folder() == Path("elsewhere")
    monkeypatch.delenv(PACKS_VARIABLE)
    assert packs_folder() == Path("../shared/data")
