"""A loopback server that answers as each cloud and each archive of DICOM in one does, as services.py does it."""

import base64
import hashlib

from tests.builders import dicom_slice
from tests.servers import Page, Site
from tests.sources.services import CT, Kept, said

MR = dicom_slice(modality="MR", series="series 2")
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
    site.serve("/chest-ct/?list-type=2&prefix=&continuation-token=to%2Bken%3D", s3_page(("mr/1.dcm", len(MR))))
    site.serve("/chest-ct/ct/1%20a.dcm", Page(CT, headers={"ETag": ETAG}))
    site.serve("/chest-ct/mr/1.dcm", Page(MR, headers={"ETag": ETAG}))


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
    site.serve("/lab/chest-ct?restype=container&comp=list&prefix=&marker=2%218%21x", azure_page(("mr/1.dcm", MR)))
    site.serve("/lab/chest-ct/ct/1%20a.dcm", CT)
    site.serve("/lab/chest-ct/mr/1.dcm", MR)


CLOUDS = {
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
