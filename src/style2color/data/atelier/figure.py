"""One character: who they are, and how they are drawn in a shot."""

from __future__ import annotations

from dataclasses import dataclass

from .beasts import BEASTS, draw_beast_ears, draw_horns, draw_tail, draw_wings
from .body import Build
from .curves import Dice, Frame
from .dress import dress
from .eyes import EyeTraits, draw_eyes
from .face import Mood, draw_face
from .hair import draw_ahoge, draw_front, draw_sides, draw_tufts, front_shape
from .hairback import draw_back
from .haircuts import HairTraits
from .hands import grip, hand_z
from .head import FaceTraits, Head
from .headwear import draw_earrings, draw_glasses, draw_headwear
from .limbs import draw_neck
from .moving import Move, move_parts
from .outfits import Outfit, sample_outfit
from .poses import sample_pose
from .props import draw_prop, draw_seat
from .scene import Scene
from .tailor import Tailor


@dataclass(frozen=True, slots=True)
class Who:
    """Everything about a character that stays the same from shot to shot."""

    masculine: bool
    species: str
    grown: float
    elder: bool
    frame: float
    girth: float
    bust: float
    face: FaceTraits
    eyes: EyeTraits
    hair: HairTraits
    outfit: Outfit
    headwear: str
    glasses: str
    earrings: bool
    horns: str
    wings: str
    seed: int

    @classmethod
    def sample(cls, seed: int, number: int = 0) -> Who:
        """The character of a seed."""
        dice = Dice("who", seed, number)
        masculine = dice.chance(0.32)
        species = dice.pick(
            {
                "human": 70,
                "cat": 8,
                "fox": 4,
                "rabbit": 3,
                "dog": 2,
                "bear": 2,
                "elf": 6,
                "demon": 3,
                "angel": 2,
            }
        )
        grown = dice.pick({"chibi": 12, "child": 16, "teen": 43, "adult": 24, "elder": 5})
        elder = grown == "elder"
        age = {
            "chibi": (0.0, 0.15),
            "child": (0.35, 0.6),
            "teen": (0.65, 0.9),
            "adult": (0.85, 1.0),
            "elder": (0.82, 0.96),
        }[grown]
        girth = {"slim": 0.0, "full": dice.between(0.2, 0.45), "heavy": dice.between(0.5, 1.0)}[
            dice.pick({"slim": 83, "full": 10, "heavy": 7})
        ]
        size = dice.between(*age)
        ear = {"elf": "elf", "human": "human", "demon": "elf", "angel": "human"}.get(
            species, "none"
        )
        outfit = sample_outfit(dice, masculine, elder=elder)
        headwear = dice.pick(
            {
                "none": 58,
                "band": 5,
                "bow": 7,
                "clip": 9,
                "flower": 5,
                "beret": 4,
                "cap": 4,
                "witch": 2,
                "crown": 2,
                "phones": 3,
            }
        )
        if outfit.name == "maid":
            headwear = "maid"
        if outfit.name == "witch robe":
            headwear = "witch"
        if species == "angel":
            headwear = "halo"
        if masculine and headwear in ("bow", "flower", "band"):
            headwear = "none"
        if species in BEASTS and headwear in (
            "beret",
            "cap",
            "witch",
            "phones",
            "crown",
        ):
            headwear = "none"
        horned = species == "demon" or dice.chance(0.02)
        return cls(
            masculine=masculine, species=species, grown=size, elder=elder,
            frame=dice.about(0, 1), girth=girth,
            bust=0.0 if masculine else dice.between(0.0, 1.0),
            face=FaceTraits.sample(dice, size, masculine, ear, elder=elder, girth=girth),
            eyes=EyeTraits.sample(dice, size, masculine, elder=elder),
            hair=HairTraits.sample(dice, masculine),
            outfit=outfit, headwear=headwear,
            glasses=dice.pick({"round": 4, "square": 4, "half": 4, "none": 88}),
            earrings=dice.chance(0.14),
            horns=dice.pick({"short": 2, "curl": 1, "long": 1}) if horned else "none",
            wings={"angel": "feather", "demon": "bat"}.get(species,
                "fairy" if dice.chance(0.02) else "none"),
            seed=dice.randrange(1 << 30),
        )  # fmt: skip

    def facts(self, prefix: str = "") -> dict[str, str]:
        """Attributes by name, as `Picture.attributes` holds them."""
        h = self.hair
        age = (
            "chibi"
            if self.grown < 0.3
            else "child"
            if self.grown < 0.62
            else "teen"
            if self.grown < 0.86
            else "adult"
        )
        if self.elder:
            age = "elder"
        facts = {
            "figure": "masculine" if self.masculine else "feminine", "species": self.species,
            "age": age, "build": "heavy" if self.girth >= 0.5 else "full" if self.girth else "slim",
            "head": self.face.form, "beard": self.face.beard,
            "hair front": h.front, "hair side": h.side, "hair back": h.back, "eyes": self.eyes.kind,
            "garment": self.outfit.name, "bottom": self.outfit.bottom, "headwear": self.headwear,
            "glasses": self.glasses,
        }  # fmt: skip
        return {prefix + k: v for k, v in facts.items()}


@dataclass(frozen=True, slots=True)
class Look:
    """How one character is seen in a shot."""

    yaw: float
    pitch: float
    tilt: float
    flip: bool
    turn: float
    mood: Mood
    prop: str
    seed: int
    grown_shift: float

    @classmethod
    def sample(cls, dice: Dice) -> Look:
        """A view, a mood and something to hold."""
        view = dice.pick({"front": 33, "slight": 27, "three-quarter": 30, "profile": 10})
        yaw = {
            "front": dice.between(0, 0.05),
            "slight": dice.between(0.12, 0.32),
            "three-quarter": dice.between(0.34, 0.6),
            "profile": 1.5,
        }[view]
        return cls(
            yaw=yaw,
            pitch=dice.about(0.0, 0.3),
            tilt=dice.about(0.0, 0.12) if dice.chance(0.6) else 0.0,
            flip=dice.chance(0.5),
            turn=min(max(yaw / 0.6 + dice.about(0, 0.35), 0.0), 1.0),
            mood=Mood.sample(dice),
            prop=dice.pick({"none": 70, "book": 4, "cup": 4, "phone": 4, "sword": 4, "wand": 3,
                "flower": 5, "bag": 4, "balloon": 2}),
            seed=dice.randrange(1 << 30),
            grown_shift=dice.about(0, 0.05) if dice.chance(0.85) else -1.0,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """Where a drawn figure's chest, hips and soles lie (y) and half its width; what was chosen."""

    chest: float
    hip: float
    foot: float
    half: float
    facts: dict[str, str]


def draw_figure(scene: Scene, who: Who, look: Look) -> Place:
    """Adds one character to the scene, head about the origin; hands back what was chosen."""
    dice = Dice("figure", who.seed, look.seed)
    grown = 0.06 if look.grown_shift < -0.5 else min(max(who.grown + look.grown_shift, 0.0), 1.0)
    build = Build.of(grown, who.masculine, who.frame, who.bust, who.girth)
    pose = sample_pose(dice, build, look.turn, who.outfit.bottom)
    first = len(scene.parts)
    shift = 0.12 * min(look.yaw, 0.6)
    frame = Frame(shift + 0.5 * look.tilt, 0.0, 1.0, look.tilt)
    head = Head(who.face, look.yaw, look.pitch, frame, pose.build.foot_y - 0.4)
    shape, lines = front_shape(head, who.hair)
    outline = head.outline()
    chin = frame.point(0.33 * min(look.yaw, 0.6), who.face.chin)
    draw_back(scene, head, who.hair)
    if who.wings != "none":
        draw_wings(
            scene, who.wings, build.shoulder_y + 0.9 * (0.3 + 0.7 * grown), 0.5 + 0.65 * grown
        )
    draw_neck(scene, build, chin, outline)
    tailor = Tailor(scene, build, pose, who.outfit, Dice("clothes", who.seed))
    dress(tailor)
    tails = {
        "cat": "cat",
        "fox": "fox",
        "dog": "dog",
        "rabbit": "puff",
        "bear": "puff",
        "demon": "demon",
    }
    if who.species in tails:
        draw_tail(scene, tails[who.species], 0.2, build.hip_y, 0.45 + 0.75 * grown, 1)
    if pose.seat:
        draw_seat(scene, build, pose.build.foot_y)
    held = look.prop
    for i, side in ((0, -1), (1, 1)):
        if held != "none" and pose.hands[i] == "hold":
            arm = pose.arms[i]
            height = hand_z(build, arm, i) + 0.02
            draw_prop(scene, held, grip(build, arm), 0.35 + 0.45 * grown, side, height)
            held = "none"
    draw_face(scene, head, look.mood, Dice("face", who.seed), shape)
    draw_eyes(scene, head, who.eyes, look.mood, shape, Dice("brow", who.seed).chance(0.6))
    draw_front(scene, head, who.hair, shape, lines)
    draw_tufts(scene, head, who.hair)
    draw_sides(scene, head, who.hair)
    draw_ahoge(scene, head, who.hair)
    if who.species in BEASTS:
        draw_beast_ears(scene, head, who.species)
    if who.horns != "none":
        draw_horns(scene, head, who.horns)
    if who.glasses != "none":
        draw_glasses(scene, head, who.glasses)
    if who.earrings and who.face.ear != "none":
        draw_earrings(scene, head)
    if who.headwear != "none" and not (head.profile and who.headwear == "phones"):
        draw_headwear(scene, head, who.headwear, Dice("hat", who.seed))
    turns = {"front": 0.08, "slight": 0.33, "three-quarter": 0.9, "profile": 9.0}
    view = next(name for name, yaw in turns.items() if look.yaw < yaw)
    if pose.lean:
        move_parts(scene.parts[first:], Move.turned(pose.lean, (0.0, build.hip_y)))
    facts = {"mood": look.mood.name, "pose": pose.name, "stance": pose.stance, "prop": look.prop,
             "view": view}  # fmt: skip
    return Place(
        chest=build.shoulder_y + 0.55 * (build.waist_y - build.shoulder_y),
        hip=build.hip_y,
        foot=pose.build.foot_y + 0.55 * (0.42 + 0.58 * grown),
        half=build.shoulder,
        facts=facts,
    )
