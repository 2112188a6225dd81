"""What plotting libraries and widgets draw: the real ones, at a real kernel, and without a network."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import FrameLocator, Locator, Request, expect

from tests.browser.conftest import axe
from tests.support.live import LiveServer, Person, Script
from tests.support.page import SLOW, NotebookPage, opened

pytestmark = [pytest.mark.browser, pytest.mark.slow]

At = Callable[..., Person]

SETUP = "import ipywidgets as w\nfrom IPython.display import display"

CELLS = {
    "plotly": "import plotly.graph_objects as go\ngo.Figure(go.Bar(x=['a', 'b'], y=[3, 5], name='n'))",
    "vega": "import altair as alt, pandas as pd\n"
    "alt.Chart(pd.DataFrame({'x': [1, 2], 'y': [3, 4]})).mark_bar().encode(x='x:O', y='y:Q')",
    "bokeh": "from bokeh.io import output_notebook\nfrom bokeh.plotting import figure, show\n"
    "output_notebook()\np = figure(width=300, height=200)\np.line([1, 2, 3], [3, 1, 2])\nshow(p)",
    "matplotlib": "import matplotlib.pyplot as plt\nplt.plot([1, 3, 2]);",
    "pil": "from PIL import Image\nImage.new('RGB', (60, 40), 'seagreen')",
    "folium": "import folium\nm = folium.Map([52.5, 13.4], zoom_start=6)\n"
    "folium.Marker([52.5, 13.4], popup='Here', icon=folium.Icon(color='red')).add_to(m)\n"
    "folium.PolyLine([(52, 13), (53, 14)]).add_to(m)\nm",
    "audio": "from IPython.display import Audio\nAudio([0.1, 0.5, 0.1] * 3000, rate=8000)",
    "video": "from IPython.display import Video\nfrom base64 import b64decode\n"
    "Video(b64decode('FILM'), embed=True, mimetype='video/webm', width=120)",
    "geojson": "from IPython.display import GeoJSON\n"
    "GeoJSON({'type': 'Polygon', 'coordinates': [[[0, 0], [4, 0], [4, 3], [0, 0]]]})",
    "table": "import pandas as pd\npd.DataFrame({'a': [1, 2]}).style.background_gradient()",
    "mimebundle": "class Own:\n    def _repr_mimebundle_(self, include=None, exclude=None):\n"
    "        return {'text/markdown': '**own** form', 'text/plain': 'plain'}\nOwn()",
    "json": "from IPython.display import JSON\nJSON({'answer': [42, {'deep': True}]})",
    "slider": "s = w.IntSlider(value=3, description='Level')\nt = w.FloatProgress(value=3, max=100)\n"
    "w.jslink((s, 'value'), (t, 'value'))\nw.VBox([s, t])",
    "button": "out = w.Output()\nb = w.Button(description='Press', icon='check')\n"
    "def pressed(_):\n    with out:\n        print('inside', s.value)\n    print('outside')\n"
    "b.on_click(pressed)\nw.HBox([b, out])",
    "captured": "inside = w.Output()\nwith inside:\n    display(w.IntSlider(description='within'))\n"
    "w.VBox([inside, w.Label(value='$x^2$'), w.Button(description='Fine', button_style='success')])",
    "interact": "w.interact(lambda n=2: print('square', n * n));",
    "tqdm": "from tqdm.notebook import tqdm\nfor _ in tqdm(range(5), desc='steps'): pass",
    "anywidget": "import anywidget, traitlets\nclass Counter(anywidget.AnyWidget):\n"
    "    _esm = '''export default { render({ model, el }) {\n"
    '      const b = document.createElement("button");\n'
    '      const show = () => { b.textContent = `count ${model.get("value")}` };\n'
    '      b.onclick = () => { model.set("value", model.get("value") + 1); model.save_changes(); };\n'
    "      model.on(\"change:value\", show); show(); el.append(b);\n    } }'''\n"
    "    _css = 'button { color: rgb(1, 2, 3) }'\n    value = traitlets.Int(0).tag(sync=True)\n"
    "c = Counter()\nc",
    "upload": "u = w.FileUpload(description='Hand over')\ntold = w.Label('nothing yet')\n"
    "def taken(change):\n    [file] = change.new\n"
    '    told.value = f"{file.name}: {sum(file.content) % 1000} of {len(file.content)} bytes"\n'
    "u.observe(taken, 'value')\nw.VBox([u, told])",
    "ipympl": "%matplotlib ipympl\nfig, ax = plt.subplots(figsize=(3, 2))\nax.plot([1, 3, 2])\nplt.show()",
}


RECORDED = """async () => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 64, height: 48 })
    const pen = canvas.getContext("2d")
    const recorder = new MediaRecorder(canvas.captureStream(20), { mimeType: "video/webm" })
    const parts = []
    recorder.ondataavailable = event => parts.push(event.data)
    const over = new Promise(resolve => { recorder.onstop = resolve })
    recorder.start()
    for (let frame = 0; frame < 12; frame += 1) {
        pen.fillStyle = `rgb(${frame * 20}, 90, 160)`
        pen.fillRect(0, 0, 64, 48)
        await new Promise(resolve => setTimeout(resolve, 50))
    }
    recorder.stop()
    await over
    const bytes = new Uint8Array(await new Blob(parts).arrayBuffer())
    return btoa(String.fromCharCode(...bytes))
}"""
"""Makes a film of half a second, as base64."""

LIGHT_TEXT = "rgb(230, 232, 238)"

FRAMED = (
    "slider",
    "button",
    "captured",
    "interact",
    "tqdm",
    "anywidget",
    "upload",
    "audio",
    "video",
    "plotly",
    "bokeh",
    "ipympl",
)

NAMED = tuple(name for name in FRAMED if name != "anywidget")
"""What axe reads: the test's own widget has a colour of its own, in any theme."""

OF_WHOLE_PAGES = {
    "document-title",
    "html-has-lang",
    "landmark-one-main",
    "page-has-heading-one",
    "region",
    "bypass",
}
"""Rules of axe that ask for what the page around a frame has."""

SLOWEST = 3 * SLOW
"""Milliseconds for libraries that take long to import."""

UNTIL = """(elements, limit) => new Promise(resolve => {
    const holds = HOLDS
    const end = performance.now() + limit
    const look = () => {
        if (elements.some(holds)) resolve(true)
        else if (performance.now() > end) resolve(false)
        else setTimeout(look, 50)
    }
    look()
})"""

PAINTED = """canvas => {
    const { width, height } = canvas
    if (!width || !height) return false
    const pixels = canvas.getContext("2d").getImageData(0, 0, width, height).data
    return pixels.some((value, index) => index % 4 === 3 && value > 0)
}"""


LIGHT = """canvas => {
    const { width, height } = canvas
    if (!width || !height) return false
    const pixels = canvas.getContext("2d").getImageData(0, 0, width, height).data
    for (let at = 0; at < pixels.length; at += 4)
        if (pixels.slice(at, at + 3).every(value => value > 150) && pixels[at + 3] > 200) return true
    return false
}"""
"""Whether some of what is drawn is as light as text on a dark ground."""


def painted(canvas: Locator) -> None:
    """Wait until something is painted on a canvas, of several on one of them."""
    expect(canvas.first).to_be_attached(timeout=SLOW)
    assert canvas.evaluate_all(UNTIL.replace("HOLDS", PAINTED), SLOW), canvas


class Drawn:
    """The outputs of the notebook, by the names of their cells."""

    def __init__(self, notebook: NotebookPage) -> None:
        self.notebook = notebook
        self._index = {name: index for index, name in enumerate(CELLS, start=1)}

    def cell(self, name: str) -> Locator:
        return self.notebook.cell(self._index[name])

    def out(self, name: str) -> Locator:
        return self.notebook.outputs(self._index[name])

    def frame(self, name: str) -> FrameLocator:
        return self.out(name).frame_locator(".output-frame iframe")

    def breaks(self, name: str) -> list[str]:
        """Return the rules of axe that the frame of a cell breaks."""
        frame = self.out(name).locator(".output-frame iframe").first.element_handle().content_frame()
        assert frame is not None
        # What shows through a frame is the page's own ground, which axe does not see from within.
        frame.evaluate("document.documentElement.style.background = 'var(--bg)'")
        return [rule for rule in axe(frame) if rule not in OF_WHOLE_PAGES]

    def level(self) -> Locator:
        return self.frame("slider").locator(".widget-readout").first


def test_everything_that_draws_is_drawn_for_everybody_without_a_network(
    server: LiveServer, ada: Script, person: At
) -> None:
    page = person("ada").page
    foreign: list[str] = []

    def finished(request: Request) -> None:
        if urlsplit(request.url).scheme in ("http", "https") and not request.url.startswith(server.url):
            foreign.append(request.url)

    page.context.on("requestfinished", finished)
    page.set_viewport_size({"width": 1200, "height": 7000})  # so that every frame is near
    project = ada.project(eve="viewer")
    film = page.evaluate(RECORDED)
    made = ada.notebook(project, SETUP, *(source.replace("FILM", film) for source in CELLS.values()))
    see = Drawn(opened(page, made))
    page.get_by_role("button", name="Run all").click()
    expect(see.cell("ipympl")).to_have_attribute("data-state", "done", timeout=SLOWEST)

    # What libraries draw by themselves
    expect(see.frame("plotly").locator(".bars .point path").first).to_be_visible(timeout=SLOW)
    painted(see.out("vega").locator("canvas"))
    painted(see.frame("bokeh").locator("canvas"))
    for name in ("matplotlib", "pil"):
        expect(see.out(name).locator("img.output-image")).to_have_js_property("complete", True)
        assert see.out(name).locator("img").evaluate("img => img.naturalWidth") >= 60
    expect(see.frame("folium").locator("path.leaflet-interactive")).to_be_visible(timeout=SLOW)
    see.frame("folium").locator(".map-pin").click()
    expect(see.frame("folium").locator(".leaflet-popup")).to_contain_text("Here")
    expect(see.out("folium")).to_contain_text("tile.openstreetmap.org, which is not allowed here")
    audio = see.frame("audio").locator("audio")
    expect(audio).to_have_js_property("readyState", 4)
    assert audio.evaluate("audio => audio.duration") > 1
    film = see.frame("video").locator("video")
    film.evaluate("film => { film.muted = true; return film.play() }")
    film.evaluate("film => new Promise(resolve => film.requestVideoFrameCallback(resolve))")
    assert film.evaluate("film => [film.videoWidth, film.videoHeight]") == [64, 48]
    expect(see.out("geojson").locator("svg path.area")).to_be_visible()
    expect(see.frame("table").locator("td").last).to_have_css("background-color", "rgb(2, 56, 88)")
    expect(see.out("mimebundle").locator("strong")).to_have_text("own")
    expect(see.out("json").locator("details").first).to_contain_text("answer")
    expect(see.frame("interact").locator("#output")).to_contain_text("square 4")
    expect(see.frame("captured").locator(".widget-output")).to_contain_text("within")
    expect(see.frame("captured").locator(".katex").first).to_be_visible(timeout=SLOW)
    expect(see.frame("tqdm").locator("#output")).to_contain_text("5/5")
    painted(see.frame("ipympl").locator("canvas"))

    # Moved here, dealt with by the kernel, seen by who comes late and by who watches
    handle = see.frame("slider").locator(".noUi-handle")
    handle.press("ArrowRight")
    expect(see.level()).to_have_text("4")
    expect(see.frame("slider").locator(".progress-bar")).to_have_attribute("style", re.compile("width: 4%"))
    see.frame("anywidget").get_by_role("button").click()
    expect(see.frame("anywidget").get_by_role("button")).to_have_text("count 1")
    expect(see.frame("anywidget").get_by_role("button")).to_have_css("color", "rgb(1, 2, 3)")
    see.frame("button").get_by_role("button").click()
    expect(see.frame("button").locator(".widget-output")).to_have_text("inside 4", timeout=SLOW)
    expect(see.out("button").locator(".output-stream")).to_have_text("outside")
    expect(see.cell("button").locator(".cell-moved")).to_contain_text("Moved by")
    see.frame("interact").locator(".noUi-handle").press("ArrowRight")
    expect(see.frame("interact").locator("#output")).to_contain_text("square 9", timeout=SLOW)

    # A file that is larger than a message of the socket
    content = bytes(range(256)) * 8_000
    with page.expect_file_chooser() as chosen:
        see.frame("upload").get_by_role("button").click()
    chosen.value.set_files({"name": "large.bin", "mimeType": "application/octet-stream", "buffer": content})
    expect(see.frame("upload").locator("#output")).to_contain_text(
        f"large.bin: {sum(content) % 1000} of {len(content)} bytes", timeout=SLOW
    )

    watching = person("eve").page
    watching.set_viewport_size({"width": 1200, "height": 7000})
    eve = Drawn(opened(watching, made))
    expect(eve.level()).to_have_text("4", timeout=SLOW)
    expect(eve.out("slider")).to_contain_text("People who may run can move this.")
    assert eve.frame("slider").locator("#output").evaluate("root => root.inert")
    handle.press("ArrowRight")
    expect(eve.level()).to_have_text("5", timeout=SLOW)
    expect(eve.frame("anywidget").get_by_role("button", include_hidden=True)).to_have_text("count 1")

    # In dark
    broken = [(name, rule) for name in NAMED for rule in see.breaks(name)]
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    tick = see.frame("plotly").locator(".xtick text").first
    expect(tick).to_have_css("fill", LIGHT_TEXT)
    assert see.out("vega").locator("canvas").evaluate_all(UNTIL.replace("HOLDS", LIGHT), SLOW)
    expect(see.frame("bokeh").locator("#output")).to_have_css("background-color", "rgb(255, 255, 255)")
    for name in FRAMED:
        if name != "bokeh":  # which draws for paper
            expect(see.frame(name).locator("body")).to_have_css("color", LIGHT_TEXT)
    for name in ("matplotlib", "pil"):
        expect(see.out(name).locator("img")).to_have_css("background-color", "rgb(255, 255, 255)")
    for name, text in (("mimebundle", "strong"), ("json", "details summary")):
        expect(see.out(name).locator(text).first).to_have_css("color", LIGHT_TEXT)
    broken += [(name, f"{rule} in dark") for name in NAMED for rule in see.breaks(name)]
    assert broken == [], broken

    # Once the kernel is gone
    ada("POST", f"/api/notebooks/{made}/kernel", {"action": "stop"})
    expect(see.out("slider")).to_contain_text("The kernel that drew this is gone. Run the cell again.")
    page.reload()
    expect(see.level()).to_have_text("5", timeout=SLOW)
    expect(see.out("slider")).to_contain_text("The kernel that drew this is gone. Run the cell again.")
    assert foreign == []
