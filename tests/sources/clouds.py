"""A loopback server that answers as each cloud does, and each archive that lies in one; as services.py does it."""

import base64
import hashlib

from tests.builders import dicom_slice
from tests.servers import Page, Site
from tests.sources.services import CT, ZIP, Kept, said

SECOND = dicom_slice(position_mm=(0.0, 0.0, 1.0), instance=2)
ETAG = '"5f2c0de9b0a1f4be"'


def xml(body: str) -> Page:
    return Page(f'<?xml version="1.0" encoding="UTF-8"?>{body}'.encode(), content_type="application/xml")


def s3_page(*files: tuple[str, int], more: str = "") -> Page:
    """docs.aws.amazon.com, Amazon S3 API: "ListObjectsV2"."""
    listed = "".join(
        f"<Contents><Key>{key}</Key><LastModified>2024-01-01T00:00:00.000Z</LastModified>"
        f"<ETag>&quot;{ETAG[1:-1]}&quot;</ETag><Size>{size}</Size><StorageClass>STANDARD</StorageClass></Contents>"
        for key, size in files
    )
    token = f"<IsTruncated>true</IsTruncated><NextContinuationToken>{more}</NextContinuationToken>" if more else ""
    return xml(f'<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">{token}{listed}</ListBucketResult>')


def s3(site: Site) -> None:
    """Two pages; a folder's marker in the first."""
    site.serve("/chest-ct/", s3_page(("ct/", 0), ("ct/1 a.dcm", len(CT)), more="to+ken="))
    site.serve("/chest-ct/?list-type=2&prefix=&continuation-token=to%2Bken%3D", s3_page(("ct/2.dcm", len(SECOND))))
    site.serve("/chest-ct/ct/1%20a.dcm", Page(CT, headers={"ETag": ETAG}))
    site.serve("/chest-ct/ct/2.dcm", Page(SECOND, headers={"ETag": ETAG}))


def gcs_object(name: str, data: bytes) -> dict[str, str]:
    """cloud.google.com/storage/docs/json_api: "Objects", a resource."""
    md5 = base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode()
    return {"kind": "storage#object", "name": name, "size": str(len(data)), "md5Hash": md5, "generation": "17"}


def gcs(site: Site) -> None:
    """ "Objects: list" in two pages, the first of them without an object."""
    listing = "/storage/v1/b/chest-ct/o"
    site.serve(listing, said({"kind": "storage#objects", "nextPageToken": "t="}))
    fields = "nextPageToken%2Citems%28name%2Csize%2Cmd5Hash%2Cgeneration%29"
    site.serve(f"{listing}?prefix=&fields={fields}&pageToken=t%3D", said({"items": [gcs_object("ct/1 a.dcm", CT)]}))
    site.serve("/chest-ct/ct/1%20a.dcm", CT)


def azure_page(*files: tuple[str, bytes], more: str = "") -> Page:
    """learn.microsoft.com/rest/api/storageservices: "List Blobs", with the mark before UTF-8 that Azure sends."""
    blobs = "".join(
        f"<Blob><Name>{name}</Name><Properties><Etag>0x8DC</Etag><Content-Length>{len(data)}</Content-Length><Content-MD5>"
        f"{base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode()}</Content-MD5>"
        "<BlobType>BlockBlob</BlobType></Properties></Blob>"
        for name, data in files
    )
    body = f"<EnumerationResults><Blobs>{blobs}</Blobs><NextMarker>{more}</NextMarker></EnumerationResults>"
    marked = b'\xef\xbb\xbf<?xml version="1.0" encoding="utf-8"?>' + body.encode()
    return Page(marked, content_type="application/xml")


def azure(site: Site) -> None:
    site.serve("/lab/chest-ct", azure_page(("ct/1 a.dcm", CT), more="2!8!x"))
    site.serve("/lab/chest-ct?restype=container&comp=list&prefix=&marker=2%218%21x", azure_page(("ct/2.dcm", SECOND)))
    site.serve("/lab/chest-ct/ct/1%20a.dcm", CT)
    site.serve("/lab/chest-ct/ct/2.dcm", SECOND)


SERIES = "1.3.6.1.4.1.14519.5.2.1"
FOLDER = "8e4ccba1-74f4-4ffa-93f1-2a0263c8c9cf"


def tcia(site: Site) -> None:
    """wiki.cancerimagingarchive.net, "NBIA Search REST APIs": getCollectionValues, getSeries, getImage."""
    api = "/nbia-api/services/v4"
    site.serve(f"{api}/getCollectionValues", said([{"Collection": "RIDER Lung CT"}, {"Collection": "Chest CT"}]))
    series = {
        "SeriesInstanceUID": SERIES,
        "Collection": "Chest CT",
        "PatientID": "P1",
        "ImageCount": 1,
        "FileSize": len(CT),
        "LicenseName": "Creative Commons Attribution 3.0 Unported License",
        "DateReleased": "2020-04-01",
    }
    site.serve(f"{api}/getSeries?Collection=Chest+CT&format=json", said([series]))
    site.serve(f"{api}/getSeries?SeriesInstanceUID={SERIES}&format=json", said([series]))
    site.serve(f"{api}/getImage", Page(ZIP, content_type="application/zip", chunked=True))


def idc_row(series: str = SERIES, folder: str = FOLDER, instance_count: int = 1) -> dict[str, object]:
    """learn.canceridc.dev, "Querying with SQL": a row of `index`."""
    place = {"collection_id": "chest_ct", "series_aws_url": f"s3://idc-open-data/{folder}/*"}
    return {**place, "SeriesInstanceUID": series, "license_short_name": "CC BY 3.0", "instanceCount": instance_count}


def idc_rows(*rows: dict[str, object]) -> Page:
    return said({"columns": [], "rows": list(rows), "row_count": len(rows), "truncated": False, "max_rows": 1000})


def idc(site: Site) -> None:
    """The index by SQL; then the series' folder in its bucket."""
    site.serve("/v3/sql", idc_rows(idc_row()))
    site.serve("/idc-open-data/", s3_page((f"{FOLDER}/a1.dcm", len(CT))))
    site.serve(f"/idc-open-data/{FOLDER}/a1.dcm", Page(CT, headers={"ETag": ETAG}))


CLOUDS = {
    "tcia": Kept(
        "https://www.cancerimagingarchive.net/collection/chest-ct/",
        "/nbia-api/services/v4/getCollectionValues",
        tcia,
        "Creative Commons Attribution 3.0 Unported License",
        "Sign-ins for services.cancerimagingarchive.net",
        "Bearer key",
        ("/nbia-api/services/v4/getSeries?Collection=Chest+CT&format=json", Page(b"")),
    ),
    "idc": Kept(
        "https://portal.imaging.datacommons.cancer.gov/explore/filters/?collection_id=chest_ct",
        "/v3/sql",
        idc,
        "CC BY 3.0",
        "All of it is public",
        "Bearer key",
        ("/v3/sql", idc_rows()),
        is_posted=True,
    ),
    "s3": Kept(
        "s3://chest-ct",
        "/chest-ct/",
        s3,
        None,
        "AWS_ACCESS_KEY_ID",
        "Bearer key",
        ("/chest-ct/", s3_page()),
    ),
    "gcs": Kept(
        "gs://chest-ct",
        "/storage/v1/b/chest-ct/o",
        gcs,
        None,
        "Sign-ins for storage.googleapis.com",
        "Bearer key",
        ("/storage/v1/b/chest-ct/o", said({"kind": "storage#objects"})),
    ),
    "azure": Kept(
        "https://lab.blob.core.windows.net/chest-ct",
        "/lab/chest-ct",
        azure,
        None,
        "out of reach",
        "Bearer key",
        ("/lab/chest-ct", azure_page()),
    ),
}
