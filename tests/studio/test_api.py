"""The API from the first call to the downloaded file, with the embedded model."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from psd_tools import PSDImage
from tests.conftest import draw_figure
from tests.runtime.tiny_model import write_model

import style2color
from style2color import Colorizer
from style2color.layers import split

from .running import PNG, Client, png, running

GREEN = (20, 160, 60)


@pytest.fixture
def session(studio: Client, sketch: bytes, reference: bytes) -> str:
    made = studio.session()
    studio.upload(made, sketch, reference)
    return made


def test_there_is_a_highlight_where_the_model_paints_light(
    sketch: bytes, reference: bytes, tmp_path: Path
) -> None:
    for light in (None, 0.5):
        with running(model=str(write_model(tmp_path / str(light), light=light))) as studio:
            session = studio.session()
            studio.upload(session, sketch, reference)
            done = studio.paint(session)
            assert ("highlight" in done["result"]["layers"]) == (light is not None)
            query = {"format": "png", "layer": "highlight"}
            answer = studio.get(f"/jobs/{done['id']}/result", params=query)
            if light is None:
                assert (answer.status_code, answer.json()["error"]) == (404, "no_layer")
            else:
                assert np.asarray(Image.open(io.BytesIO(answer.content))).max() > 60


def test_a_new_session_paints_and_every_file_opens(
    studio: Client, sketch: bytes, reference: bytes
) -> None:
    session = studio.session()
    (told,) = studio.upload(session, sketch, reference)
    assert (told["width"], told["height"]) == (128, 160)
    shares = [swatch["share"] for swatch in told["palette"]]
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) == pytest.approx(1, abs=0.01)

    done = studio.paint(session, "full")
    assert done["state"] == "done"
    assert done["progress"] == 1
    assert {"network", "compose"} <= done["stages"]
    assert (done["result"]["width"], done["result"]["height"]) == (128, 160)
    job = done["id"]

    painted = studio.picture(job)
    assert painted.shape == (160, 128, 3)
    assert (painted == studio.picture(job, format="png", layer="painting")).all()
    assert studio.picture(job, format="webp").shape == (160, 128, 3)
    assert studio.picture(job, layer="line").shape == (160, 128, 4)
    layers = done["result"]["layers"]
    assert {"painting", "line", "flat", "shadow"} <= set(layers)
    for layer in set(layers) - {"line"}:
        assert studio.picture(job, layer=layer).shape == (160, 128, 3)

    psd = studio.get(f"/jobs/{job}/result", params={"format": "psd"})
    assert psd.headers["content-disposition"] == 'attachment; filename="painting.psd"'
    names = [layer.name for layer in PSDImage.open(io.BytesIO(psd.content))]
    assert [name for name in names if name != "Highlight"][:3] == ["Flat", "Shadow", "Line"]
    assert "Reference" in names
    ora = studio.get(f"/jobs/{job}/result", params={"format": "ora"})
    assert "stack.xml" in zipfile.ZipFile(io.BytesIO(ora.content)).namelist()


def test_it_paints_what_the_command_line_paints(
    studio: Client, session: str, sketch: bytes, reference: bytes
) -> None:
    here = studio.picture(studio.paint(session, "full")["id"])
    there = np.asarray(style2color.colorize(sketch, reference))
    assert (here == there).all()


def test_colours_are_told_with_their_shares(studio: Client, session: str) -> None:
    done = studio.paint(session)
    flat = studio.picture(done["id"], layer="flat")
    for color in done["result"]["colors"]:
        wanted = tuple(bytes.fromhex(color["hex"][1:]))
        assert (flat == wanted).all(-1).mean() == pytest.approx(color["share"], abs=0.001)


def test_locking_holds_every_flat_colour_and_spares_the_network(
    studio: Client, session: str
) -> None:
    assert "network" in studio.paint(session)["stages"]
    colors = ["#ffffff", "#123456", "#fedcba"]
    put = studio.put(f"/sessions/{session}/palette", json={"lock": "colors", "colors": colors})
    assert put.status_code == 200
    locked = studio.paint(session)
    assert not {"network", "lines", "regions", "references"} & locked["stages"]
    flat = studio.picture(locked["id"], layer="flat").reshape(-1, 3)
    assert {"#{:02x}{:02x}{:02x}".format(*pixel) for pixel in flat.tolist()} <= set(colors)

    studio.put(f"/sessions/{session}/palette", json={"lock": "reference"})
    mine = studio.get(f"/sessions/{session}").json()["references"][0]["palette"]
    told = studio.paint(session)["result"]["colors"]
    assert {color["hex"] for color in told} <= {swatch["hex"] for swatch in mine}


def test_replacing_a_colour_replaces_it_everywhere(studio: Client, session: str) -> None:
    studio.put(f"/sessions/{session}/palette", json={"lock": "reference"})
    before = studio.paint(session)
    old = before["result"]["colors"][1]["hex"]
    change = {"lock": "reference", "replace": [{"from": old, "to": "#0a64ff"}]}
    assert studio.put(f"/sessions/{session}/palette", json=change).json()["replace"] == [
        {"from": old, "to": "#0a64ff"}
    ]
    after = studio.paint(session)
    assert "network" not in after["stages"]
    was = studio.picture(before["id"], layer="flat") == tuple(bytes.fromhex(old[1:]))
    now = studio.picture(after["id"], layer="flat") == (0x0A, 0x64, 0xFF)
    assert (was.all(-1) == now.all(-1)).all()
    assert was.all(-1).any()


def test_coloured_lines_are_in_every_file_and_spare_the_network(
    studio: Client, session: str
) -> None:
    black = studio.paint(session, "full")
    was = {layer: studio.picture(black["id"], layer=layer) for layer in black["result"]["layers"]}
    put = studio.put(f"/sessions/{session}/palette", json={"colored_lines": True})
    assert put.json()["colored_lines"] is True
    colored = studio.paint(session, "full")
    assert not {"network", "lines", "regions", "references"} & colored["stages"]
    job = colored["id"]
    now = {layer: studio.picture(job, layer=layer) for layer in colored["result"]["layers"]}
    assert now.keys() == was.keys()
    ink = was["line"][..., 3] > 200
    assert (was["line"][ink, :3] == 0).all()
    assert np.ptp(now["line"][ink, :3], axis=0).max() > 40
    assert (now["line"][..., 3] == was["line"][..., 3]).all()
    assert (now["painting"][ink].max(-1) > was["painting"][ink].max(-1)).mean() > 0.5
    for layer in was.keys() - {"line", "painting"}:
        assert (now[layer] == was[layer]).all()
    webp = studio.picture(job, format="webp").astype(int)
    lossy, changed = (np.abs(webp - of["painting"])[ink].mean() for of in (now, was))
    assert lossy < changed / 4
    psd = PSDImage.open(io.BytesIO(studio.get(f"/jobs/{job}/result?format=psd").content))
    (line,) = (layer for layer in psd if layer.name == "Line")
    shown = np.asarray(line.composite(viewport=psd.viewbox))
    assert (shown[ink] == now["line"][ink]).all()
    ora = zipfile.ZipFile(io.BytesIO(studio.get(f"/jobs/{job}/result?format=ora").content))
    pictures = [np.asarray(Image.open(ora.open(name))) for name in ora.namelist() if "data" in name]
    assert any(np.array_equal(one, now["line"]) for one in pictures)

    studio.put(f"/sessions/{session}/palette", json={})
    assert (studio.picture(studio.paint(session, "full")["id"]) == was["painting"]).all()


def test_another_light_spares_the_network(
    studio: Client, session: str, sketch: bytes, reference: bytes
) -> None:
    shown = {}
    for light in ("left", "right", "none"):
        put = studio.put(f"/sessions/{session}/palette", json={"light": light})
        assert put.json()["light"] == light
        job = studio.paint(session, "full")
        assert light == "left" or not {"network", "lines", "regions"} & job["stages"]
        shown[light] = studio.picture(job["id"], layer="shadow")
        painting = Colorizer().set_reference(reference).colorize(sketch, light=light)
        (shadow,) = (layer.pixels for layer in split(painting) if layer.name == "Shadow")
        np.testing.assert_array_equal(shown[light], shadow)
    assert (shown["none"] == 255).all()
    answer = studio.put(f"/sessions/{session}/palette", json={"light": "above"})
    assert (answer.status_code, answer.json()["error"]) == (422, "invalid")


@pytest.mark.parametrize("value", [1, "true", None, []])
def test_whether_lines_are_coloured_is_a_boolean(
    studio: Client, session: str, value: object
) -> None:
    answer = studio.put(f"/sessions/{session}/palette", json={"colored_lines": value})
    assert (answer.status_code, answer.json()["error"]) == (422, "invalid")
    assert "colored_lines" in answer.json()["message"]
    assert studio.get(f"/sessions/{session}").json()["palette"]["colored_lines"] is False


def test_a_hint_is_obeyed_kept_and_given_back(studio: Client, session: str) -> None:
    unhinted = studio.picture(studio.paint(session)["id"])
    color = "#{:02x}{:02x}{:02x}".format(*GREEN)
    hints = {"version": 1, "points": [{"x": 64, "y": 130, "radius": 5, "color": color}]}
    put = studio.put(f"/sessions/{session}/hints", json=hints)
    assert put.status_code == 200, put.text
    painted = studio.paint(session)
    assert "network" in painted["stages"]
    assert tuple(studio.picture(painted["id"], layer="flat")[130, 64]) == GREEN
    file = studio.get(f"/sessions/{session}/hints")
    assert file.headers["content-disposition"] == 'attachment; filename="hints.json"'
    assert json.loads(file.content)["points"] == hints["points"]

    studio.put(f"/sessions/{session}/hints", json={"version": 1})
    undone = studio.picture(studio.paint(session)["id"])
    assert (undone == unhinted).all()


def test_a_large_sketch_is_previewed_small_and_painted_whole(studio: Client) -> None:
    lines = draw_figure(800, 1000)[1]
    session = studio.session()
    studio.upload(session, png(lines))
    hints = {"version": 1, "points": [{"x": 799.9, "y": 999.9, "radius": 9, "color": "#00ff00"}]}
    assert studio.put(f"/sessions/{session}/hints", json=hints).status_code == 200
    small, full = studio.paint(session), studio.paint(session, "full")
    assert (small["result"]["width"], small["result"]["height"]) == (614, 768)
    assert (full["result"]["width"], full["result"]["height"]) == (800, 1000)
    for job in (small, full):
        assert tuple(studio.picture(job["id"], layer="flat")[-1, -1]) == (0, 255, 0)


def test_a_page_can_recover_what_it_sent(
    studio: Client, session: str, sketch: bytes, reference: bytes
) -> None:
    held = studio.get(f"/sessions/{session}").json()
    assert held["sketch"] == {"width": 128, "height": 160}
    plain = {"lock": "none", "colors": [], "replace": [], "colored_lines": False, "light": "auto"}
    assert held["palette"] == plain
    id = held["references"][0]["id"]
    for address, sent in (("sketch", sketch), (f"references/{id}", reference)):
        got = studio.get(f"/sessions/{session}/{address}")
        assert got.headers["content-type"] == "image/png"
        pixels = np.asarray(Image.open(io.BytesIO(got.content)).convert("RGB"))
        assert (pixels == np.asarray(Image.open(io.BytesIO(sent)).convert("RGB"))).all()


def test_references_come_and_go(studio: Client, sketch: bytes, reference: bytes) -> None:
    other = png(draw_figure(hair=(10, 10, 10), coat=(200, 0, 200))[0])
    session = studio.session()
    first, second = studio.upload(session, sketch, reference, other)
    both = studio.paint(session)
    expected = np.asarray(style2color.colorize(sketch, [reference, other]))
    assert (studio.picture(both["id"]) == expected).all()
    assert studio.delete(f"/sessions/{session}/references/{second['id']}").status_code == 204
    assert studio.delete(f"/sessions/{session}/references/{second['id']}").status_code == 404
    one = studio.paint(session)
    expected = np.asarray(style2color.colorize(sketch, reference))
    assert (studio.picture(one["id"]) == expected).all()
    assert studio.delete(f"/sessions/{session}/references/{first['id']}").status_code == 204
    plain = studio.picture(studio.paint(session)["id"])
    assert (plain == np.asarray(style2color.colorize(sketch))).all()


def test_there_is_a_limit_to_references(studio: Client, sketch: bytes, reference: bytes) -> None:
    session = studio.session()
    studio.upload(session, sketch, *[reference] * 8)
    more = studio.post(f"/sessions/{session}/references", content=reference, headers=PNG)
    assert more.status_code == 409
    assert more.json()["error"] == "too_many_references"


def test_what_cannot_be_done_yet_is_said(studio: Client, sketch: bytes) -> None:
    session = studio.session()
    for call, code in (
        (lambda: studio.post(f"/sessions/{session}/jobs", json={}), "no_sketch"),
        (lambda: studio.get(f"/sessions/{session}/sketch"), "no_sketch"),
        (lambda: studio.get(f"/sessions/{session}/references/none"), "no_reference"),
    ):
        answer = call()
        assert answer.json()["error"] == code
        assert answer.status_code in (404, 409)
    studio.upload(session, sketch)
    studio.put(f"/sessions/{session}/palette", json={"lock": "reference"})
    refused = studio.post(f"/sessions/{session}/jobs", json={"size": "preview"})
    assert (refused.status_code, refused.json()["error"]) == (409, "no_reference")


def test_hints_must_lie_on_the_sketch(studio: Client, session: str) -> None:
    outside = {"version": 1, "points": [{"x": 128, "y": 3, "radius": 4, "color": "#00ff00"}]}
    put = studio.put(f"/sessions/{session}/hints", json=outside)
    assert (put.status_code, put.json()["error"]) == (422, "bad_hints")
    assert "128" in put.json()["message"]
    inside = {"version": 1, "points": [{"x": 127, "y": 159, "radius": 4, "color": "#00ff00"}]}
    assert studio.put(f"/sessions/{session}/hints", json=inside).status_code == 200
    studio.upload(session, png(draw_figure(64, 80)[1]))
    refused = studio.post(f"/sessions/{session}/jobs", json={})
    assert (refused.status_code, refused.json()["error"]) == (422, "bad_hints")


def test_a_deleted_session_is_gone_with_its_jobs(studio: Client, session: str) -> None:
    job = studio.paint(session)["id"]
    assert studio.delete(f"/sessions/{session}").status_code == 204
    assert studio.get(f"/sessions/{session}").json()["error"] == "no_session"
    assert studio.get(f"/jobs/{job}").json()["error"] == "no_job"
    assert studio.get(f"/jobs/{job}/result").status_code == 404


def test_the_examples_can_be_painted(studio: Client) -> None:
    listed = studio.get("/examples").json()
    assert listed
    for example in listed:
        session = studio.session()
        root = f"http://127.0.0.1:{studio.port}"
        sketch, *references = (
            studio.get(root + address).content
            for address in (example["sketch"], *example["references"])
        )
        studio.upload(session, sketch, *references)
        assert studio.paint(session)["state"] == "done"
    assert studio.get("/examples/none/sketch").json()["error"] == "no_example"


def test_the_server_tells_what_it_is(studio: Client) -> None:
    about = studio.get("/about").json()
    assert about["version"] == style2color.__version__
    assert about["limits"]["max_bytes"] == 25 * 2**20
    assert about["limits"]["max_references"] == 8
    assert len(about["model"]["sha256"]["painter.onnx"]) == 64
    assert studio.get("/health").json()["ok"] is True
    with running() as another:
        assert another.get("/about").json()["boot"] != about["boot"]
        gone = another.get(f"/sessions/{studio.session()}")
        assert (gone.status_code, gone.json()["error"]) == (404, "no_session")


def test_a_layer_that_does_not_exist_is_no_fault(studio: Client, session: str) -> None:
    job = studio.paint(session)["id"]
    answer = studio.get(f"/jobs/{job}/result", params={"layer": "shadow", "format": "tga"})
    assert answer.status_code == 422
    assert studio.get(f"/jobs/{job}/result", params={"layer": "soul"}).status_code == 422
