"""Preview: slices, windows and frames move under the person's hands; beside them stands why we think so."""

import io
import re

import nibabel as nib
import numpy as np
from playwright.sync_api import Locator, Page, expect
from pydicom import dcmread

from tests.browser.conftest import App
from tests.builders import dicom_slice, dicom_volume, picture


def steps(count: int = 30, **tags: object) -> dict[str, bytes]:
    """A CT whose slice n is 10 n everywhere, in Hounsfield units."""
    return {
        f"{n:02}.dcm": dicom_slice(
            position_mm=(0.0, 0.0, 2.0 * n),
            instance=n + 1,
            pixels=np.full((16, 16), 10 * n, np.int16),
            **(
                {"RescaleIntercept": 0, "RescaleSlope": 1, "BodyPartExamined": "HEAD", "PatientName": "Doe^Jane"} | tags
            ),
        )
        for n in range(count)
    }


def recording(frames: int) -> bytes:
    dataset = dcmread(io.BytesIO(dicom_slice("US", position_mm=None, orientation=None, FrameTime=20)))
    dataset.NumberOfFrames = frames
    dataset.PixelData = np.repeat(np.arange(frames, dtype=np.uint16), 256).tobytes()
    stream = io.BytesIO()
    dataset.save_as(stream)
    return stream.getvalue()


def open_preview(page: Page, app: App, files: dict[str, bytes], query: str = "") -> list[str]:
    """Scan the files, open the first series; returns all series in the order of Previous and Next."""
    dataset_id = app.scan("scan.zip", files)
    series = sorted(app.workspace.dataset(dataset_id).series["series_id"])
    page.goto(f"{app.address}/preview?dataset={dataset_id}&series={series[0]}{query}")
    return series


def shade(page: Page, plane: str = "axial") -> int:
    """Grey of the picture beside its middle, where no crosshair is."""
    canvas = page.locator(f".pane.{plane} canvas")
    return int(
        canvas.evaluate(
            "canvas => canvas.getContext('2d').getImageData(canvas.width * 0.45, canvas.height * 0.45, 1, 1).data[0]"
        )
    )


def shows(page: Page, plane: str, text: str) -> None:
    expect(page.locator(f".pane.{plane} .count")).to_have_text(text)


def pressed(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True, pressed=True)


def test_a_volume_is_stepped_through_by_slider_keys_and_wheel(page: Page, app: App) -> None:
    open_preview(page, app, steps())
    shows(page, "axial", "16 / 30")
    slider = page.get_by_label("Axial slice")
    for key, count in (("ArrowUp", 17), ("PageDown", 7), ("ArrowLeft", 6), ("End", 30), ("Home", 1), ("PageUp", 11)):
        slider.press(key)
        shows(page, "axial", f"{count} / 30")
    slider.fill("3")
    shows(page, "axial", "4 / 30")
    page.locator(".pane.axial canvas").hover()
    page.mouse.wheel(0, -100)
    shows(page, "axial", "5 / 30")
    expect(slider).to_have_attribute("aria-valuetext", "5 of 30")


def test_what_is_drawn_is_the_slice_under_the_window(page: Page, app: App) -> None:
    open_preview(page, app, steps())
    expect(pressed(page, "Brain")).to_be_visible()  # a head is read in the brain window
    page.get_by_label("Window width").fill("255")
    page.get_by_label("Window level").fill("127.5")
    page.get_by_label("Window level").press("Enter")
    for number in (1, 10, 20):
        page.get_by_label("Axial slice").fill(str(number))
        shows(page, "axial", f"{number + 1} / 30")
        assert abs(shade(page) - 10 * number) <= 1


def test_windows_are_chosen_dragged_and_reset(page: Page, app: App) -> None:
    open_preview(page, app, steps())
    page.get_by_role("button", name="Bone", exact=True).click()
    expect(pressed(page, "Bone")).to_be_visible()
    expect(page.get_by_label("Window width")).to_have_value("1800")
    box = page.locator(".pane.axial canvas").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 100, box["y"] + 100)
    page.mouse.down()
    page.mouse.move(box["x"] + 200, box["y"] + 100, steps=4)
    page.mouse.up()
    expect(page.get_by_label("Window width")).to_have_value("2700")
    expect(page.get_by_label("Window level")).to_have_value("400")
    shows(page, "axial", "16 / 30")
    page.get_by_role("button", name="Reset").click()
    expect(pressed(page, "Brain")).to_be_visible()


def test_every_control_is_in_sight_on_a_small_screen(page: Page, app: App) -> None:
    page.set_viewport_size({"width": 1280, "height": 900})
    open_preview(page, app, steps(6))
    shows(page, "axial", "4 / 6")
    viewer, reset = page.locator(".viewer").bounding_box(), page.get_by_role("button", name="Reset").bounding_box()
    assert viewer is not None
    assert reset is not None
    assert reset["x"] + reset["width"] <= viewer["x"] + viewer["width"]


def test_a_click_moves_the_other_planes_there(page: Page, app: App) -> None:
    open_preview(page, app, steps())
    shows(page, "coronal", "9 / 16")
    page.locator(".pane.coronal canvas").click(position={"x": 100, "y": 130})
    expect(page.locator(".pane.axial .count")).not_to_have_text("16 / 30")
    page.get_by_role("button", name="Crosshair").click()
    expect(pressed(page, "Crosshair")).to_have_count(0)


def test_letters_and_a_bar_say_which_way_and_how_large(page: Page, app: App) -> None:
    open_preview(page, app, steps())
    shows(page, "sagittal", "9 / 16")
    assert page.locator(".pane.axial .edge").all_text_contents() == ["R", "L", "A", "P"]
    assert page.locator(".pane.sagittal .edge").all_text_contents() == ["A", "P", "S", "I"]
    expect(page.locator(".pane.main .scale")).to_have_text(re.compile(r"^\d+ mm$"))
    expect(page.get_by_role("img", name="CT of the head, axial")).to_be_visible()


def test_a_recording_plays_and_pauses(page: Page, app: App) -> None:
    open_preview(page, app, {"heart.dcm": recording(200)})
    shows(page, "main", "1 / 200")
    page.get_by_role("button", name="Play").click()
    expect(page.locator(".pane.main .count")).to_have_text(re.compile("^[2-9][0-9] / 200"))
    page.get_by_role("button", name="Pause").click()
    page.evaluate("new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
    stood = page.locator(".pane.main .count").text_content()
    page.get_by_label("Frame").press("ArrowRight")
    assert stood is not None
    shows(page, "main", f"{int(stood.split(' ')[0]) + 1} / 200")


def colour(page: Page, plane: str = "axial") -> list[int]:
    """Red, green and blue where shade() looks."""
    canvas = page.locator(f".pane.{plane} canvas")
    found: list[int] = canvas.evaluate(
        "canvas => [...canvas.getContext('2d')"
        ".getImageData(canvas.width * 0.45, canvas.height * 0.45, 1, 1).data].slice(0, 3)"
    )
    return found


def grid(voxels: np.ndarray) -> bytes:
    return nib.Nifti1Image(voxels, np.diag([-1.0, -1.0, 1.0, 1.0])).to_bytes()


def test_a_mask_is_laid_over_its_image_and_taken_off(page: Page, app: App) -> None:
    image, mask = np.full((16, 16, 12), 100, np.int16), np.zeros((16, 16, 12), np.int16)
    image[0, 0] = 0, *range(11)  # the window is taken from what varies
    mask[4:12, 4:12, 3:9] = 2
    files = {"images/a.nii": grid(image), "labels/a.nii": grid(mask)}
    series = open_preview(page, app, files)
    page.goto(re.sub("series=[0-9a-f]+", f"series={image_among(app, page, series)}", page.url))
    shows(page, "axial", "7 / 12")
    page.get_by_role("button", name="Full range").click()
    expect(pressed(page, "Mask")).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text="Mask")).to_be_visible()
    for plane in ("axial", "coronal", "sagittal"):
        red, green, blue = colour(page, plane)
        assert red > green > blue, plane
    page.get_by_role("button", name="Mask", exact=True).click()
    expect(pressed(page, "Mask")).to_have_count(0)
    page.wait_for_function(f"() => {SAMPLE} === 'grey'")
    page.get_by_role("button", name="Mask", exact=True).click()
    page.wait_for_function(f"() => {SAMPLE} === 'coloured'")
    page.get_by_label("Axial slice").fill("0")  # outside of the mask
    page.wait_for_function(f"() => {SAMPLE} === 'grey'")


ROW = "canvas => canvas.getContext('2d').getImageData(0, canvas.height * 0.45, canvas.width, 1).data"
"""JavaScript: one row of a pane's pixels, four bytes each."""


def test_a_mask_ends_where_its_voxels_end(page: Page, app: App) -> None:
    image, mask = np.full((8, 8, 6), 100, np.int16), np.zeros((8, 8, 6), np.int16)
    image[0, 0] = range(6)
    mask[:4] = 1
    series = open_preview(page, app, {"images/a.nii": grid(image), "labels/a.nii": grid(mask)})
    page.goto(re.sub("series=[0-9a-f]+", f"series={image_among(app, page, series)}", page.url))
    shows(page, "axial", "4 / 6")
    page.get_by_role("button", name="Crosshair").click()
    page.wait_for_function(f"() => {SAMPLE} === 'coloured'")
    row = np.array(page.locator(".pane.axial canvas").evaluate(ROW)).reshape(-1, 4)
    assert len(np.unique(row[row.any(axis=1) & (row[:, :3] > 0).any(axis=1)], axis=0)) == 2  # no blend between the two


SAMPLE = """(() => {
    const roots = [...document.querySelectorAll('*')].map((element) => element.shadowRoot).filter(Boolean)
    const canvas = [document, ...roots].map((root) => root.querySelector('.pane.axial canvas')).find(Boolean)
    const [red, green, blue] = canvas.getContext('2d')
        .getImageData(canvas.width * 0.45, canvas.height * 0.45, 1, 1).data
    return red === green && green === blue ? 'grey' : 'coloured'
})()"""
"""JavaScript: what shade() looks at, in a word."""


def image_among(app: App, page: Page, series: list[str]) -> str:
    """The series that has a mask."""
    dataset_id = page.url.split("dataset=")[1].split("&")[0]
    frame = app.workspace.dataset(dataset_id).series
    return str(frame[~frame.is_mask].series_id.iloc[0])


def test_a_mask_that_does_not_fit_is_told_beside_the_picture(page: Page, app: App) -> None:
    files = {"images/a.png": picture(32, 24), "masks/a.png": picture(16, 12)}
    series = open_preview(page, app, files)
    page.goto(re.sub("series=[0-9a-f]+", f"series={image_among(app, page, series)}", page.url))
    expect(page.get_by_text("Its mask is not drawn: The mask has 16 × 12 × 1 voxels")).to_be_visible()
    expect(page.get_by_role("button", name="Mask", exact=True)).to_have_count(0)


def test_volumes_over_time_are_stepped_through_and_played(page: Page, app: App) -> None:
    voxels = np.zeros((16, 16, 8, 20), np.int16)
    voxels[:] = 10 * np.arange(20)
    open_preview(page, app, {"run_bold.nii": grid(voxels)})
    page.get_by_role("button", name="Full range").click()
    slider = page.get_by_role("slider", name="Volume by time")
    expect(slider).to_have_attribute("aria-valuetext", "11 of 20")
    for number in (0, 10, 19):
        slider.fill(str(number))
        expect(slider).to_have_attribute("aria-valuetext", f"{number + 1} of 20")
        assert abs(shade(page) - 255 * number / 19) <= 1
    page.get_by_role("button", name="Play").click()
    expect(slider).to_have_attribute("aria-valuetext", re.compile("^[3-9] of 20"))
    page.get_by_role("button", name="Pause").click()


def test_the_reasons_stand_beside_the_pictures_and_no_name_does(page: Page, app: App) -> None:
    open_preview(page, app, steps())
    expect(page.get_by_role("heading", name="CT of the head")).to_be_visible()
    expect(page.get_by_text("CT: DICOM Modality (0008,0060) is CT")).to_be_visible()
    expect(page.get_by_role("img", name="strong clue").first).to_be_visible()
    expect(page.get_by_text("Uniform slice spacing, 2 mm")).to_be_visible()
    expect(page.get_by_text("16 × 16 × 30")).to_be_visible()
    assert "Doe" not in page.content()


def test_previous_and_next_stay_in_the_filter(page: Page, app: App) -> None:
    files = steps(6) | {f"{n}.dcm": dicom_slice("DX", series=f"x{n}", study=f"x{n}") for n in range(3)}
    series = open_preview(page, app, files, "&modality=X-ray")
    for one in series:
        page.goto(re.sub("series=[0-9a-f]+", f"series={one}", page.url))
        expect(page.get_by_text(re.compile("of 3 in this filter|outside this filter"))).to_be_visible()
        if page.get_by_text("series 1 of 3").count():
            break
    expect(page.get_by_role("button", name="Previous")).to_be_disabled()
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_text("series 2 of 3 in this filter")).to_be_visible()
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_text("series 3 of 3 in this filter")).to_be_visible()
    expect(page.get_by_role("button", name="Next")).to_be_disabled()
    page.reload()
    expect(page.get_by_text("series 3 of 3 in this filter")).to_be_visible()
    page.get_by_role("button", name="Previous").click()
    expect(page.get_by_text("series 2 of 3 in this filter")).to_be_visible()
    page.get_by_role("button", name="Images").click()
    expect(page).to_have_url(re.compile("/images.*modality=X-ray"))


def test_a_series_that_is_not_here_is_told_with_a_way_on(page: Page, app: App) -> None:
    open_preview(page, app, steps(6))
    page.goto(re.sub("series=[0-9a-f]+", "series=nobody", page.url))
    expect(page.get_by_text("No such series here")).to_be_visible()
    expect(page.get_by_role("link", name="All images")).to_be_visible()


def test_pixels_that_cannot_be_decoded_are_told_with_the_reason(page: Page, app: App) -> None:
    open_preview(page, app, {"short.dcm": dicom_slice("DX")[:-100]})
    expect(page.get_by_text("Not drawn")).to_be_visible()
    expect(page.get_by_text("pixel data ends early")).to_be_visible()
    expect(page.get_by_text("X-ray: DICOM Modality (0008,0060) is DX")).to_be_visible()


def test_nothing_from_a_file_runs_and_nothing_fails(page: Page, app: App) -> None:
    said: list[str] = []
    page.on("dialog", lambda dialog: said.append(dialog.message))
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    hostile = "<img src=x onerror=alert(1)>"
    files = {f"{hostile}/{name}": data for name, data in dicom_volume(6, SeriesDescription=hostile).items()}
    open_preview(page, app, files)
    shows(page, "axial", "4 / 6")
    expect(page.get_by_text(hostile).first).to_be_visible()
    assert [text for text in said if "404" not in text] == []
