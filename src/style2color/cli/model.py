"""`style2color model`: which model paints, what it was trained on and under which licences."""

from __future__ import annotations

import json

import typer

EXAMPLES = """\b
Examples:
  style2color model
  style2color model --json
"""


def register(app: typer.Typer) -> None:
    """Add the command to the app."""
    app.command("model", epilog=EXAMPLES)(model)


def model(
    folder: str | None = typer.Option(
        None, "--model", metavar="FOLDER", help="Another model than the embedded one."
    ),
    as_json: bool = typer.Option(False, "--json", help="As JSON, for programs."),
) -> None:
    """Show the model, its card, its training data and their licences.

    Every file of the model is verified by its sha256 on the way.
    """
    from style2color.model import Model

    shown = Model.load(folder)
    sizes = {name: (shown.folder / name).stat().st_size for name in sorted(shown.sha256)}
    if as_json:
        described = {
            "name": shown.name,
            "version": shown.version,
            "folder": str(shown.folder),
            "size": shown.size,
            "palette_entries": shown.palette_entries,
            "default_palette": shown.default_palette.tolist(),
            "training_data": [vars(source) for source in shown.training_data],
            "sha256": dict(shown.sha256),
            "bytes": sizes,
            "card": shown.card,
        }
        print(json.dumps(described, ensure_ascii=False, indent=1))
        return
    print(f"{shown.name} {shown.version}, in {shown.folder}")
    print(f"sees sketches at {shown.size} pixels, takes up to {shown.palette_entries} colours")
    print("\nFiles, each verified:")
    for name, count in sizes.items():
        print(f"  {name:<18} {count / 1e6:8.2f} MB  sha256 {shown.sha256[name][:16]}…")
    print("\nTraining data:")
    for source in shown.training_data:
        print(f"  {source.pack:<18} {source.pictures:>8,} pictures  {source.licence}")
    if not shown.training_data:
        print("  none named")
    if shown.card:
        print(f"\n{shown.card.rstrip()}")
