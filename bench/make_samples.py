"""Make data/samples: small invented scans that look like real ones. `python bench/make_samples.py [folder]`.

Everything is computed from formulas and a fixed seed: no patient, no licence, no download. It is committed with its
output, because the sample must be there without a network.
"""

import gzip
import io
import json
import sys
from pathlib import Path

import nibabel as nib
import numpy as np
from PIL import Image
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

Volume = np.ndarray
SEED = 20240517
CT_SLICES, CT_MISSING, CT_GAP_MM, CT_PIXELS, CT_PIXEL_MM = 24, 14, 6.0, 128, 2.9
MR_VOXELS, MR_MM = (72, 88, 72), 2.2
XRAY_PIXELS = 224

README = """# Sample dataset

Synthetic, made by bench/make_samples.py: no patient is in here, and nothing was measured.

ct_chest/    a CT-like chest volume as DICOM; one slice is missing on purpose
ct_broken/   one DICOM file that was cut in the middle of its pixels
sub-01/      an MR-like head as NIfTI with its JSON sidecar, named as BIDS does
xray/        chest X-ray-like PNGs in train and test; one picture is in both, on purpose
"""


def smooth_noise(shape: tuple[int, ...], wavelength: float, seed: int) -> Volume:
    """Noise with structures of about `wavelength` voxels, mean 0, standard deviation 1."""
    noise = np.random.default_rng(seed).standard_normal(shape)
    frequencies = np.meshgrid(*[np.fft.fftfreq(n) for n in shape], indexing="ij")
    squared = sum(f**2 for f in frequencies)
    smoothed = np.fft.ifftn(np.fft.fftn(noise) * np.exp(-squared * wavelength**2 * 2)).real
    return (smoothed - smoothed.mean()) / smoothed.std()


def grid(shape: tuple[int, int, int]) -> tuple[Volume, Volume, Volume]:
    """Coordinates -1..1 along slices (feet to head), rows (front to back), columns (patient's right to left)."""
    z, y, x = np.meshgrid(*[np.linspace(-1, 1, n) for n in shape], indexing="ij")
    return z, y, x


def ellipsoid(*terms: tuple[Volume, float, float]) -> Volume:
    """0 in the centre, 1 on the surface; terms: (coordinate, centre, half axis)."""
    return np.sqrt(sum(((c - centre) / half) ** 2 for c, centre, half in terms))


def chest_hounsfield(shape: tuple[int, int, int], seed: int = SEED, heart: float = 1.0) -> Volume:
    """(slices, rows, columns) of a chest in Hounsfield units. heart: 1 is usual, 1.3 an enlarged one."""
    z, y, x = grid(shape)
    texture = smooth_noise(shape, shape[2] / 28, seed)
    body = ellipsoid((x, 0, 0.86 + 0.25 * np.clip(z - 0.35, 0, 1)), (y, 0, 0.62))
    wall = ellipsoid((x, 0, 0.74 - 0.13 * np.clip(z, 0, 1) ** 2), (y, -0.01, 0.47))
    volume = np.full(shape, -1000.0)
    volume[body < 1] = -95 + 12 * texture[body < 1]  # fat
    muscle = (body < 0.93) & (wall < 1.16)
    volume[muscle] = 50 + 9 * texture[muscle]
    lung = np.zeros(shape, bool)
    for side in (-1, 1):
        half_width = 0.31 * np.sqrt(np.clip(1 - ((z - 0.1) / 1.25) ** 2, 0.02, 1))
        lobe = ellipsoid((x, side * 0.37, half_width), (y, 0.0, 0.42), (z, -0.1, 1.25))
        lung |= lobe < 1
    liver = ellipsoid((x, -0.3, 0.55), (y, 0.05, 0.55), (z, -1.25, 0.62)) < 1
    spleen = ellipsoid((x, 0.38, 0.40), (y, 0.05, 0.55), (z, -1.25, 0.50)) < 1
    dome = liver | spleen  # under the diaphragm
    lung &= ~dome & (wall < 0.97)
    volume[lung] = -850 + 40 * texture[lung]
    vessels = lung & (smooth_noise(shape, shape[2] / 60, seed + 1) > 1.9 + 0.8 * np.abs(np.abs(x) - 0.25))
    volume[vessels] = 10
    mediastinum = ellipsoid((x, 0.0, 0.14), (y, 0.0, 0.36)) < 1
    volume[mediastinum] = 40 + 8 * texture[mediastinum]
    ventricles = ellipsoid((x, 0.12, 0.30 * heart), (y, -0.12, 0.27), (z, -0.45, 0.55)) < 1
    volume[ventricles] = 75 + 9 * texture[ventricles]
    volume[dome & (wall < 1)] = 65 + 10 * texture[dome & (wall < 1)]
    volume[ellipsoid((x, 0.09, 0.075), (y, 0.22, 0.075)) < 1] = 140  # descending aorta
    volume[(ellipsoid((x, 0, 0.05), (y, -0.06, 0.055)) < 1) & (z > -0.1)] = -980  # trachea
    return add_bones(volume, (z, y, x), wall, texture)


def add_bones(volume: Volume, coordinates: tuple[Volume, Volume, Volume], wall: Volume, texture: Volume) -> Volume:
    """Ribs that slope from back to front, spine, breastbone and shoulder blades."""
    z, y, x = coordinates
    phase = (z * 4.2 + 1.1 * y) % 1.0
    rib = (np.abs(wall - 1.06) < 0.055) & (phase < 0.36) & (np.abs(x) > 0.12)
    volume[rib] = 430 + 90 * texture[rib]
    disc = (z * 5.0) % 1.0 < 0.18
    vertebra = ellipsoid((x, 0, 0.115), (y, 0.38, 0.11)) < 1
    volume[vertebra] = np.where(disc, 90, 320 + 60 * texture)[vertebra]
    arch = (ellipsoid((x, 0, 0.14), (y, 0.50, 0.09)) < 1) & (np.abs(x) > 0.045) & ~disc
    volume[arch | ((np.abs(x) < 0.025) & (y > 0.5) & (y < 0.6))] = 420
    volume[(ellipsoid((x, 0, 0.05), (y, 0.49, 0.04)) < 1)] = 20  # spinal canal
    volume[ellipsoid((x, 0, 0.08), (y, -0.51, 0.03)) < 1] = 300  # breastbone
    blade = (np.abs(np.abs(x) - 0.55 - 0.1 * z) < 0.14) & (np.abs(y - 0.47 + 0.12 * np.abs(x)) < 0.022) & (z > 0.05)
    volume[blade] = 380
    return volume


def ct_slices() -> dict[str, bytes]:
    """The CT-like volume, a DICOM file a slice, without one slice in the middle."""
    volume = chest_hounsfield((CT_SLICES, CT_PIXELS, CT_PIXELS))
    volume += 14 * np.random.default_rng(SEED).standard_normal(volume.shape)
    return {
        f"ct_chest/slice_{index + 1:03}.dcm": ct_slice(volume[index], index)
        for index in range(CT_SLICES)
        if index != CT_MISSING
    }


def ct_slice(hounsfield: np.ndarray, index: int, patient: str = "SAMPLE-01") -> bytes:
    """One slice as a DICOM file; index: its place in the volume."""
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.SOPClassUID = CTImageStorage
    dataset.SOPInstanceUID = generate_uid(entropy_srcs=[f"{patient} ct {index}"])
    dataset.StudyInstanceUID = generate_uid(entropy_srcs=[f"{patient} ct study"])
    dataset.SeriesInstanceUID = generate_uid(entropy_srcs=[f"{patient} ct series"])
    dataset.FrameOfReferenceUID = generate_uid(entropy_srcs=[f"{patient} ct frame of reference"])
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    dataset.StudyDate = dataset.SeriesDate = dataset.AcquisitionDate = "20240517"
    dataset.Modality = "CT"
    dataset.Manufacturer = "BioDataMine samples"
    dataset.StudyDescription = "CHEST CT"
    dataset.SeriesDescription = "Chest 6.0 soft tissue"
    dataset.PatientName = ""
    dataset.PatientID = patient
    dataset.PatientSex = "F"
    dataset.PatientAge = "061Y"
    dataset.BodyPartExamined = "CHEST"
    dataset.SliceThickness = CT_GAP_MM
    dataset.KVP = 120
    dataset.PatientPosition = "HFS"
    dataset.SeriesNumber, dataset.AcquisitionNumber, dataset.InstanceNumber = 2, 1, index + 1
    edge_mm = -CT_PIXEL_MM * (CT_PIXELS - 1) / 2
    dataset.ImagePositionPatient = [edge_mm, edge_mm, index * CT_GAP_MM]
    dataset.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.Rows, dataset.Columns = hounsfield.shape
    dataset.PixelSpacing = [CT_PIXEL_MM, CT_PIXEL_MM]
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 16, 12, 11, 0
    dataset.RescaleIntercept, dataset.RescaleSlope = -1024, 1
    dataset.PixelData = np.clip(hounsfield + 1024, 0, 4095).astype("<u2").tobytes()
    stream = io.BytesIO()
    dataset.save_as(stream, enforce_file_format=True)
    return stream.getvalue()


def mr_head() -> bytes:
    """The MR-like head as .nii.gz, axes towards right, front and top as NIfTI counts them."""
    x, y, z = grid(MR_VOXELS)
    folds = smooth_noise(MR_VOXELS, 4.6, SEED + 2)
    texture = smooth_noise(MR_VOXELS, 1.6, SEED + 3)
    head = ellipsoid((x, 0, 0.80), (y, 0.0, 0.93), (z, -0.02, 0.93))
    brain = head / 0.84 + 0.035 * folds
    volume = 14 + 5 * np.abs(texture)
    volume[head < 1] = 560  # scalp
    volume[head < 0.93] = 90  # skull
    volume[head < 0.86] = 150  # fluid
    cortex = brain < 0.97
    volume[cortex] = 400
    fissure = (np.abs(x) < 0.025) & ((brain > 0.55) | (z > 0.25))
    sulci = cortex & (brain > 0.72) & (np.abs(folds) < 0.28)
    white = (brain < 0.86) & (np.abs(folds) > 0.42 - 0.9 * np.clip(0.7 - brain, 0, 1))
    volume[white] = 610
    for side in (-1, 1):
        volume[ellipsoid((x, side * 0.22, 0.12), (y, -0.02, 0.16), (z, -0.06, 0.14)) < 1] = 430  # deep grey matter
        volume[ellipsoid((x - side * 0.10 * (1 + y), 0, 0.055), (y, -0.02, 0.36), (z, 0.1, 0.13)) < 1] = (
            140  # ventricles
        )
    volume[sulci | (fissure & cortex)] = 170
    below = z < -0.62
    volume[below & (head < 0.86)] = (260 + 60 * folds)[below & (head < 0.86)]
    shading = 1 + 0.10 * y - 0.06 * z
    noisy = np.clip(volume * shading * (1 + 0.025 * texture) + 5 * texture, 0, 1000)
    origin = [-MR_MM * (n - 1) / 2 for n in MR_VOXELS]
    affine = np.diag([MR_MM, MR_MM, MR_MM, 1.0])
    affine[:3, 3] = origin
    image = nib.Nifti1Image(np.round(noisy / 4).astype(np.uint8), affine)
    image.header.set_xyzt_units("mm")
    image.header["descrip"] = b"synthetic sample"
    return gzip.compress(image.to_bytes(), 9, mtime=0)


def xray(seed: int, heart: float, opacity: float) -> bytes:
    """A chest radiograph: rays through the CT-like chest. opacity: of a shadow in the right lung, 0..1."""
    shape = (XRAY_PIXELS, 96, XRAY_PIXELS)
    volume = chest_hounsfield(shape, seed, heart)
    z, y, x = grid(shape)
    shadow = ellipsoid((x, -0.42, 0.2), (y, 0.0, 0.3), (z, -0.15, 0.3))
    volume = np.where((volume < -500) & (shadow < 1), volume + opacity * 700 * (1 - np.clip(shadow, 0, 1)), volume)
    volume = np.where(
        volume > 200, 3.2 * volume, volume
    )  # bone absorbs more at X-ray film energies than a CT number tells
    attenuation = np.clip(volume + 1000, 0, None).mean(axis=1)[::-1]  # head up
    film = (attenuation / np.percentile(attenuation, 98)) ** 0.9
    grain = np.random.default_rng(seed).standard_normal(film.shape)
    picture = np.clip(235 * film + 8 + 2.2 * grain, 0, 255).astype(np.uint8)
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, "PNG", optimize=True)
    return stream.getvalue()


def samples() -> dict[str, bytes]:
    """Every file of the sample dataset by its path."""
    ct = ct_slices()
    whole = ct_slice(chest_hounsfield((CT_SLICES, CT_PIXELS, CT_PIXELS), SEED + 1)[11], 11, patient="SAMPLE-02")
    repeated = xray(SEED + 11, heart=1.0, opacity=0.0)
    sidecar = {"Modality": "MR", "SeriesDescription": "synthetic T1w", "RepetitionTime": 1.9, "EchoTime": 0.0025}
    description = {"Name": "BioDataMine sample", "BIDSVersion": "1.9.0", "License": "CC0"}
    return {
        **ct,
        "ct_broken/cut.dcm": whole[: len(whole) - CT_PIXELS * CT_PIXELS],
        "sub-01/anat/sub-01_T1w.nii.gz": mr_head(),
        "sub-01/anat/sub-01_T1w.json": json.dumps(sidecar, indent=2).encode() + b"\n",
        "xray/train/normal_chest_01.png": repeated,
        "xray/train/opacity_chest_02.png": xray(SEED + 12, heart=1.15, opacity=1.0),
        "xray/test/normal_chest_03.png": xray(SEED + 13, heart=0.9, opacity=0.0),
        "xray/test/normal_chest_04.png": repeated,
        "dataset_description.json": json.dumps(description, indent=2).encode() + b"\n",
        "README.txt": README.encode(),
    }


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent.parent / "data" / "samples"
    made = samples()
    for path, data in made.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    print(f"{len(made)} files, {sum(map(len, made.values())):,} bytes in {folder}")


if __name__ == "__main__":
    main()
