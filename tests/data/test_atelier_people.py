"""Who the atelier draws and how they are seen: ages, builds, heads, poses, measured palettes."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from style2color.data.atelier.body import Build
from style2color.data.atelier.curves import Dice, curve
from style2color.data.atelier.figure import Who
from style2color.data.atelier.hands import draw_hand
from style2color.data.atelier.measured import WORN, palettes, sample_worn
from style2color.data.atelier.moving import Move, move_parts
from style2color.data.atelier.poses import ARMS, PAIRS, Limb, Pose, sample_pose
from style2color.data.atelier.scene import Part, Scene, Shade
from style2color.data.atelier.tints import sample_palette, sample_style
from style2color.data.sources import PACKS


def _poses(bottom: str, grown: float = 0.9, count: int = 300) -> list[Pose]:
    build = Build.of(grown, False, 0.0, 0.3)
    return [sample_pose(Dice("pose", i), build, 0.4, bottom) for i in range(count)]


def test_people_are_of_all_ages_and_builds() -> None:
    facts = [Who.sample(seed).facts() for seed in range(600)]
    for name, kinds in {
        "age": {"chibi", "child", "teen", "adult", "elder"},
        "build": {"slim", "full", "heavy"},
        "head": {"oval", "round", "heart", "long", "broad", "square"},
        "beard": {"none", "full", "goatee", "moustache", "long"},
    }.items():
        assert {f[name] for f in facts} == kinds
    assert not any(f["beard"] != "none" and f["figure"] == "feminine" for f in facts)
    assert not any(f["age"] == "elder" and f["garment"] in ("idol", "swimsuit") for f in facts)


def test_girth_widens_every_part_and_leaves_heights() -> None:
    slim, heavy = (Build.of(0.9, True, 0.0, 0.0, girth) for girth in (0.0, 1.0))
    for name in ("neck", "shoulder", "chest", "waist", "hip", "arm", "leg"):
        assert getattr(heavy, name) > 1.05 * getattr(slim, name)
    for name in ("shoulder_y", "waist_y", "hip_y", "knee_y", "foot_y"):
        assert getattr(heavy, name) == getattr(slim, name)


def test_figures_stand_go_run_jump_and_sit() -> None:
    counts = Counter(pose.stance for pose in _poses("trousers", count=600))
    assert {"straight", "walk", "run", "jump", "sit", "kneel", "floor", "squat"} <= set(counts)
    assert 0.2 < sum(counts[s] for s in ("walk", "run", "jump", "sit", "kneel")) / 600 < 0.5


def test_no_robe_sits_cross_legged_and_no_small_child_on_a_stool() -> None:
    assert not {"floor", "squat", "run"} & {pose.stance for pose in _poses("robe")}
    assert "sit" not in {pose.stance for pose in _poses("trousers", grown=0.05)}


def test_who_sits_is_lower_and_who_runs_leans() -> None:
    for pose in _poses("trousers"):
        long = 6.1 * 0.9 + 0.95 * 0.1
        if pose.stance in ("sit", "kneel", "floor", "squat"):
            assert pose.build.foot_y - pose.build.hip_y < 0.8 * long
        low, high = {"walk": (0.01, 0.05), "run": (0.08, 0.25), "jump": (0.03, 0.12)}.get(
            pose.stance, (0.0, 0.0)
        )
        assert low <= pose.lean <= high
        assert (pose.seat == "stool") == (pose.stance == "sit")
        assert pose.build.foot_y == max(leg.end[1] for leg in pose.legs)


@pytest.mark.parametrize("kind", sorted({hand for arm in ARMS.values() for hand in arm[3]}))
def test_every_hand_of_every_arm_is_drawn_at_the_wrist(kind: str) -> None:
    scene = Scene((-0.5, -0.6))
    limb = Limb((0.0, 0.0), (0.2, 1.8), (0.1, 3.4), 1.6, True)
    draw_hand(scene, Build.of(0.9, False, 0.0, 0.0), limb, 1, kind, 20.0)
    if kind == "hidden":
        assert not scene.parts
        return
    points = np.concatenate([shape.points for part in scene.parts for shape in part.shapes])
    assert np.abs(points - limb.end).max() < 1.0
    assert {part.name for part in scene.parts} == {"hand"}


def test_all_pairs_of_arms_are_known() -> None:
    assert {name for pair in PAIRS for name in pair} <= set(ARMS)


def test_a_move_carries_all_that_is_drawn_and_shared_shapes_once() -> None:
    shape = curve([(0.0, 0.0), (2.0, 0.0), (2.0, 1.0), (0.0, 1.0)])
    before = shape.points.copy()
    part = Part("a", "skin", [shape], clip=shape, shadows=[Shade(shape)])
    part.stroke(np.array([[0.0, 0.0], [1.0, 1.0]]))
    turn = Move.turned(0.7, (1.0, 2.0))
    move_parts([part], turn)
    assert part.clip is part.shapes[0] is part.shadows[0].shape
    assert np.allclose(turn.point((1.0, 2.0)), (1.0, 2.0))
    moved = part.shapes[0].points
    assert np.allclose(
        np.linalg.norm(moved - (1.0, 2.0), axis=1), np.linalg.norm(before - (1.0, 2.0), axis=1)
    )
    assert not np.allclose(moved, before)
    assert np.allclose(part.strokes[0].points[0], turn.point((0.0, 0.0)))
    for _ in range(2):
        move_parts([part], Move.mirrored())
    assert np.allclose(part.shapes[0].points, moved)


def test_measured_palettes_come_from_packs_that_may_ship() -> None:
    assert {pack for pack, _ in palettes()} <= {name for name, pack in PACKS.items() if pack.ships}
    assert len(palettes()) >= 100
    for _, colours in palettes():
        assert 3 <= len(colours) <= 6
        assert all(0 <= v <= 255 for colour in colours for v in colour)


def test_figures_wear_measured_palettes_and_harmonies() -> None:
    worn = []
    for i in range(200):
        dice = Dice("palette", i)
        worn.append(sample_palette(dice, sample_style(dice), ("",), False).facts["harmony"])
    share = sum(name.startswith("measured") for name in worn) / len(worn)
    assert 0.2 < share < 0.5
    assert len({name for name in worn if not name.startswith("measured")}) == 6
    pack, tints = sample_worn(Dice("worn", 1))
    assert pack in PACKS
    assert set(tints) == set(WORN)


def test_the_old_are_grey() -> None:
    names = []
    for i in range(60):
        dice = Dice("old", i)
        palette = sample_palette(dice, sample_style(dice), ("", "2 "), False, ["2 "])
        names.append((palette.facts["hair colour"], palette.facts["2 hair colour"]))
    assert {old for _, old in names} <= {"grey", "silver", "white", "black", "brown"}
    assert {young for young, _ in names} - {"grey", "silver", "white", "black", "brown"}
