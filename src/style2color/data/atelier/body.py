"""The figure below the head: its proportions."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Build:
    """Proportions in skull radii; `grown` runs from 0 (chibi, 2.5 heads) to 1 (adult, 7)."""

    grown: float
    masculine: bool
    neck: float
    shoulder_y: float
    shoulder: float
    chest: float
    waist_y: float
    waist: float
    hip_y: float
    hip: float
    knee_y: float
    foot_y: float
    upper: float
    lower: float
    arm: float
    leg: float
    bust: float

    @classmethod
    def of(
        cls, grown: float, masculine: bool, frame: float, bust: float, girth: float = 0.0
    ) -> Build:
        """Proportions for an age; `frame` -1 slight to 1 broad, `bust` and `girth` 0 to 1."""
        g = grown
        m = 1.0 if masculine else 0.0

        def mix(child: float, adult: float) -> float:
            return child + (adult - child) * g

        shoulder = mix(0.62, 1.10 + 0.32 * m) * (1 + 0.07 * frame + 0.10 * girth)
        shoulder_y = mix(1.34, 1.95)
        waist_y = shoulder_y + mix(0.62, 1.75 + 0.15 * m)
        hip_y = waist_y + mix(0.42, 0.95)
        leg = mix(0.95, 6.1 + 0.3 * m)
        return cls(
            grown=g,
            masculine=masculine,
            neck=mix(0.24, 0.32 + 0.09 * m) * (1 + 0.3 * girth),
            shoulder_y=shoulder_y,
            shoulder=shoulder,
            chest=shoulder * (0.80 + 0.02 * m + 0.24 * girth),
            waist_y=waist_y,
            waist=mix(0.52, 0.70 + 0.18 * m) * (1 + 0.1 * frame + 1.05 * girth),
            hip_y=hip_y,
            hip=mix(0.62, 0.94 - 0.02 * m) * (1 + 0.08 * frame + 0.7 * girth),
            knee_y=hip_y + leg * 0.5,
            foot_y=hip_y + leg,
            upper=mix(0.56, 1.85 + 0.12 * m),
            lower=mix(0.50, 1.60 + 0.1 * m),
            arm=mix(0.17, 0.225 + 0.07 * m) * (1 + 0.1 * frame + 0.35 * girth),
            leg=mix(0.27, 0.42 + 0.03 * m) * (1 + 0.1 * frame + 0.35 * girth),
            bust=bust * max(0.0, g - 0.35),
        )
