"""What the classifier's experiment found, as Markdown."""

from __future__ import annotations

from itertools import combinations

from style2color.evaluate.tables import grid
from style2color.reproduce.hints import CLASSIFIERS, HINTS, REFERENCES
from style2color.reproduce.spread import difference, spread
from style2color.reproduce.store import Found, Made

_NAMES = {
    "vgg": "VGG16 pool5, projected",
    "drawings": "trained on illustrations",
    "student": "its student",
    "none": "no hint at all",
}
_ORDER = ("student", "drawings", "vgg", "none")
_COLUMNS = (
    ("psnr", "PSNR dB", 2, +1),
    ("ssim", "SSIM", 4, +1),
    ("delta_e", "ΔE00", 2, -1),
    ("palette_reference", "palette → reference", 2, -1),
    ("obedience", "obedience %", 1, +1),
)
"""Mean of a part, title, digits, and +1 where higher is better."""


def hints_section(found: Found) -> str:
    """The whole section: what was trained, its labels, what painters with its hint reach."""
    sample = found["hint-vgg"][0]
    return (
        "## The classifier: ImageNet or illustrations\n\n"
        + _taught(found["classifier"][0])
        + _learned(found["student"][0])
        + _labels(found["labels"][0])
        + "Style2color-Guide on drawings of characters, "
        f"{sample['trained_on']} to train on and {sample['pictures']} of other characters to "
        "measure, with another drawing of the same character as reference. Obedience: "
        f"{sample['sketches']} sketches with {REFERENCES} references each, chance "
        f"{100 / REFERENCES:g} %; swap: mean ΔE00 between paintings with different references.\n\n"
        + _table(found)
        + "\n\nDifferences, paired by seed, with 95 % intervals:\n\n"
        + _differences(found)
        + "\n"
    )


def _taught(reached: Made) -> str:
    heads = [
        [name, str(int(head["classes"])), f"{head['right']:.1%}", f"{head['commonest']:.1%}"]
        for name, head in reached["accuracy"].items()
    ]
    return (
        f"The classifier saw {reached['pictures']} illustrations in {reached['steps']} steps of "
        f"{reached['batch']}; on a tenth that it did not see it reached:\n\n"
        + grid(["label", "classes", "right", "always the commonest"], heads)
        + "\n\n"
    )


def _learned(reached: Made) -> str:
    body = []
    for name, title in (("seen", "learned from"), ("unseen", "of other characters")):
        of = reached[name]
        body.append(
            [
                f"drawings {title}",
                str(of["pictures"]),
                f"{of['cosine']:.3f}",
                f"{of['stranger']:.3f}",
                f"{of['r2']:.3f}",
                f"{of['same_sign']:.1%}",
            ]
        )
    titles = ["", "pictures", "cosine", "of two drawings' own", "R²", "units of one sign"]
    return (
        f"Its student learned from {reached['pictures']} pictures, mirrored too, in "
        f"{reached['steps']} steps of {reached['batch']}. How near it comes to its teacher's "
        "standardised vector; in the middle, how near the teacher's own vectors of two different "
        "drawings are:\n\n" + grid(titles, body) + "\n\n"
    )


def _labels(reached: Made) -> str:
    body = []
    for name in CLASSIFIERS:
        of = reached[name]
        line = [_NAMES[name], f"{of['parameters'] / 1e6:.2f} M", f"{of['gflop']:.3g}"]
        for kind in ("raw", "standardised", "unseen"):
            line += [f"{of[kind]['active']:.1%}", f"{of[kind]['differ']:.1%}"]
            line.append(f"{of[kind]['height']:.2f}")
        body.append(line)
    titles = ["classifier", "parameters", "GFLOP"]
    for kind in ("raw", "standardised", "unseen"):
        titles += [f"{kind}: active", "differ", "height"]
    return (
        "Labels of the discriminator, norm(V): the share of units above zero (active), the share "
        "that is active in one of two drawings only (differ), and the mean of the active ones "
        "(height); of the drawings trained on, raw and standardised by them, and of unseen "
        "ones:\n\n" + grid(titles, body) + "\n\n"
    )


def _table(found: Found) -> str:
    body = []
    for hint in HINTS:
        parts = found[f"hint-{hint}"]
        line = [_NAMES[hint], str(len(parts))]
        for name, _, digits, _ in _COLUMNS:
            line.append(spread([part["means"][name] for part in parts]).shown(digits))
        line.append(spread([part["means"]["swap"] for part in parts]).shown(2))
        body.append(line)
    return grid(["hint", "seeds", *(title for _, title, _, _ in _COLUMNS), "swap ΔE00"], body)


def _differences(found: Found) -> str:
    body = []
    for first, second in combinations(_ORDER, 2):
        for name, title, digits, better in _COLUMNS:
            gap = difference(
                [part["means"][name] for part in found[f"hint-{first}"]],
                [part["means"][name] for part in found[f"hint-{second}"]],
            )
            interval = gap.interval(digits) or "–"
            pair = f"{_NAMES[first]} − {_NAMES[second]}"
            body.append([pair, title, f"{gap.mean:+.{digits}f}", interval, gap.verdict(better)])
    return grid(["first − second", "measure", "difference", "interval", "verdict"], body)
