"""Addresses as people paste them: which source takes each, and that the same place has the same address."""

import pytest

from biodatamine_core.errors import UnsupportedURL
from biodatamine_core.sources import SOURCES, parse

GITHUB, ZENODO = "https://github.com/lab/chest", "https://zenodo.org/records/1234"
HF, KAGGLE = "https://huggingface.co/datasets/lab/ct", "https://www.kaggle.com/datasets/lab/chest-ct"
FIGSHARE, OSF = "https://figshare.com/articles/dataset/_/1234", "https://osf.io/ab3de"
DATAVERSE = "https://dataverse.example.edu/dataset.xhtml?persistentId=doi:10.7910/DVN/ABC"
SHA = "5f2c0de9b0a1f4be1c3a5c1f9a8b7c6d5e4f3a2b"

PLACES: dict[tuple[str, str], str] = {
    ("github", GITHUB): """
        https://github.com/lab/chest
        https://github.com/lab/chest/
        http://github.com/lab/chest
        https://www.github.com/lab/chest
        https://m.github.com/lab/chest
        HTTPS://GITHUB.COM/Lab/Chest
        github.com/lab/chest
        https://github.com/lab/chest.git
        git@github.com:lab/chest.git
        ssh://git@github.com/lab/chest.git
        https://github.com/lab/chest?tab=readme-ov-file
        https://github.com/lab/chest?utm_source=newsletter&utm_medium=email
        https://github.com/lab/chest#readme
        https://github.com/lab/chest/issues
        https://github.com/lab/chest/pull/12/files
        https://github.com/lab/chest/wiki
        https://github.com/lab/chest/actions?query=branch%3Amain
        https://api.github.com/repos/lab/chest
        <https://github.com/lab/chest>
    """,
    ("github", f"{GITHUB}/tree/main"): """
        https://github.com/lab/chest/tree/main
        https://github.com/lab/chest/tree/main/
        https://github.com/lab/chest/commits/main
        https://github.com/lab/chest/archive/refs/heads/main.zip
        https://github.com/lab/chest/archive/main.tar.gz
        https://github.com/lab/chest/zipball/main
        https://codeload.github.com/lab/chest/zip/refs/heads/main
        https://api.github.com/repos/lab/chest/zipball/main
        https://api.github.com/repos/lab/chest/tarball/refs/heads/main
    """,
    ("github", f"{GITHUB}/tree/{SHA}"): f"""
        https://github.com/lab/chest/commit/{SHA}
        https://github.com/lab/chest/tree/{SHA}
        https://github.com/lab/chest/archive/{SHA}.zip
        https://codeload.github.com/lab/chest/legacy.zip/{SHA}
    """,
    ("github", f"{GITHUB}/tree/new/scans/ct%20a"): """
        https://github.com/lab/chest/tree/new/scans/ct%20a
        https://github.com/lab/chest/tree/new/scans/ct a?plain=1#L3
    """,
    ("github", f"{GITHUB}/blob/main/ct/1.dcm"): """
        https://github.com/lab/chest/blob/main/ct/1.dcm
        https://github.com/lab/chest/blob/main/ct/1.dcm?raw=true
        https://github.com/lab/chest/raw/main/ct/1.dcm
        https://github.com/lab/chest/raw/refs/heads/main/ct/1.dcm
        https://github.com/lab/chest/blame/main/ct/1.dcm
        https://raw.githubusercontent.com/lab/chest/main/ct/1.dcm
        https://raw.githubusercontent.com/Lab/Chest/refs/heads/main/ct/1.dcm
        https://media.githubusercontent.com/media/lab/chest/main/ct/1.dcm
    """,
    ("github", f"{GITHUB}/tree/v1/ct"): "https://api.github.com/repos/lab/chest/contents/ct?ref=v1",
    ("github", f"{GITHUB}/releases"): """
        https://github.com/lab/chest/releases
        https://github.com/lab/chest/releases/latest
        https://api.github.com/repos/lab/chest/releases/latest
    """,
    ("github", f"{GITHUB}/releases/tag/v1.0"): """
        https://github.com/lab/chest/releases/tag/v1.0
        https://github.com/lab/chest/releases/tag/v1.0#assets
        https://api.github.com/repos/lab/chest/releases/tags/v1.0
    """,
    ("github", f"{GITHUB}/releases/download/v1.0/ct.zip"): "https://github.com/lab/chest/releases/download/v1.0/ct.zip",
    ("zenodo", ZENODO): """
        https://zenodo.org/records/1234
        https://zenodo.org/record/1234
        http://zenodo.org/record/1234/
        https://www.zenodo.org/records/1234#.Yx
        https://zenodo.org/records/1234?preview=1&utm_source=x
        https://zenodo.org/api/records/1234
        https://zenodo.org/doi/10.5281/zenodo.1234
        https://doi.org/10.5281/zenodo.1234
        http://dx.doi.org/10.5281/ZENODO.1234
        doi:10.5281/zenodo.1234
        10.5281/zenodo.1234
        zenodo.org/records/1234
        ZENODO.ORG/records/1234
    """,
    ("zenodo", f"{ZENODO}/latest"): """
        https://zenodo.org/records/1234/latest
        https://zenodo.org/api/records/1234/versions/latest
    """,
    ("zenodo", f"{ZENODO}/files/ct%20a.zip"): """
        https://zenodo.org/records/1234/files/ct%20a.zip
        https://zenodo.org/records/1234/files/ct%20a.zip?download=1
        https://zenodo.org/record/1234/files/ct a.zip
        https://zenodo.org/records/1234/preview/ct%20a.zip
        https://zenodo.org/api/records/1234/files/ct%20a.zip/content
    """,
    ("huggingface", HF): """
        https://huggingface.co/datasets/lab/ct
        https://huggingface.co/datasets/lab/ct/
        http://huggingface.co/datasets/lab/ct
        https://www.huggingface.co/datasets/lab/ct
        https://hf.co/datasets/lab/ct
        https://huggingface.co/datasets/lab/ct/tree/main
        https://huggingface.co/datasets/lab/ct/viewer/default/train?row=3
        https://huggingface.co/datasets/lab/ct/discussions/1
        https://huggingface.co/datasets/lab/ct?library=datasets#usage
        https://huggingface.co/api/datasets/lab/ct
        hf://datasets/lab/ct
        hf.co/datasets/lab/ct
    """,
    ("huggingface", "https://huggingface.co/datasets/mnist"): """
        https://huggingface.co/datasets/mnist
        https://huggingface.co/datasets/mnist/viewer
    """,
    ("huggingface", f"{HF}/tree/v1/train/1.png"): """
        https://huggingface.co/datasets/lab/ct/blob/v1/train/1.png
        https://huggingface.co/datasets/lab/ct/resolve/v1/train/1.png?download=true
        https://huggingface.co/datasets/lab/ct/raw/v1/train/1.png
        https://huggingface.co/datasets/lab/ct/tree/v1/train/1.png
        hf://datasets/lab/ct@v1/train/1.png
    """,
    ("huggingface", f"{HF}/tree/refs%2Fconvert%2Fparquet"): """
        https://huggingface.co/datasets/lab/ct/tree/refs%2Fconvert%2Fparquet
        https://huggingface.co/datasets/lab/ct/tree/refs/convert/parquet
    """,
    ("kaggle", KAGGLE): """
        https://www.kaggle.com/datasets/lab/chest-ct
        https://www.kaggle.com/datasets/lab/chest-ct/
        http://kaggle.com/datasets/lab/chest-ct
        https://m.kaggle.com/datasets/lab/chest-ct
        https://www.kaggle.com/datasets/lab/chest-ct/data
        https://www.kaggle.com/datasets/lab/chest-ct/code?datasetId=1&sortBy=voteCount
        https://www.kaggle.com/datasets/lab/chest-ct?resource=download
        https://www.kaggle.com/datasets/Lab/Chest-CT?utm_source=x#about
        https://www.kaggle.com/lab/chest-ct
        https://www.kaggle.com/api/v1/datasets/download/lab/chest-ct
        kaggle.com/datasets/lab/chest-ct
        kaggle datasets download lab/chest-ct
        kaggle datasets download -d lab/chest-ct --unzip
        !kaggle datasets download -d lab/chest-ct
    """,
    ("kaggle", f"{KAGGLE}/versions/2"): """
        https://www.kaggle.com/datasets/lab/chest-ct/versions/2
        https://www.kaggle.com/datasets/lab/chest-ct/version/2
        https://www.kaggle.com/datasets/lab/chest-ct?datasetVersionNumber=2
        https://www.kaggle.com/api/v1/datasets/download/lab/chest-ct?datasetVersionNumber=2
    """,
    ("kaggle", f"{KAGGLE}?select=ct%2F1.dcm"): "https://www.kaggle.com/datasets/lab/chest-ct?select=ct%2F1.dcm",
    ("kaggle", "https://www.kaggle.com/competitions/chest"): """
        https://www.kaggle.com/competitions/chest
        https://www.kaggle.com/competitions/chest/data
        https://www.kaggle.com/c/chest/overview
        https://www.kaggle.com/api/v1/competitions/data/download-all/chest
        kaggle competitions download -c chest
    """,
    ("kaggle", "https://www.kaggle.com/code/ana/look-inside"): """
        https://www.kaggle.com/code/ana/look-inside
        https://www.kaggle.com/code/ana/look-inside/notebook?scriptVersionId=3
    """,
    ("figshare", FIGSHARE): """
        https://figshare.com/articles/dataset/Chest_CT/1234
        https://figshare.com/articles/1234
        http://www.figshare.com/articles/Chest_CT/1234?file=7
        https://lab.figshare.com/articles/dataset/Chest_CT/1234#x
        https://api.figshare.com/v2/articles/1234
        https://doi.org/10.6084/m9.figshare.1234
        10.6084/M9.FIGSHARE.1234
    """,
    ("figshare", f"{FIGSHARE}/2"): """
        https://figshare.com/articles/dataset/Chest_CT/1234/2
        https://api.figshare.com/v2/articles/1234/versions/2
        https://doi.org/10.6084/m9.figshare.1234.v2
    """,
    ("osf", OSF): """
        https://osf.io/ab3de
        https://osf.io/AB3DE/
        http://www.osf.io/ab3de/files/osfstorage
        https://osf.io/ab3de/wiki/home/?view_only=
        https://osf.io/download/ab3de/
        https://api.osf.io/v2/nodes/ab3de/files/
        https://doi.org/10.17605/OSF.IO/AB3DE
        osf.io/ab3de
    """,
    ("dataverse", DATAVERSE): """
        https://dataverse.example.edu/dataset.xhtml?persistentId=doi:10.7910/DVN/ABC
        https://dataverse.example.edu/dataset.xhtml?persistentId=doi%3A10.7910%2FDVN%2FABC&utm_source=x#files
        https://dataverse.example.edu/citation?persistentId=doi:10.7910/DVN/ABC
        https://dataverse.example.edu/api/datasets/:persistentId/?persistentId=doi:10.7910/DVN/ABC
        https://dataverse.example.edu/api/access/dataset/:persistentId/?persistentId=doi:10.7910/DVN/ABC
        https://DATAVERSE.example.edu/dataset.xhtml?persistentid=doi:10.7910/DVN/ABC
    """,
    ("dataverse", f"{DATAVERSE}&version=2.0"): """
        https://dataverse.example.edu/dataset.xhtml?persistentId=doi:10.7910/DVN/ABC&version=2.0
        https://dataverse.example.edu/api/datasets/:persistentId/versions/2.0?persistentId=doi:10.7910/DVN/ABC
    """,
    ("dataverse", "https://data.lab.nl/dvn/file.xhtml?fileId=7"): """
        https://data.lab.nl/dvn/file.xhtml?fileId=7&version=1.0
        https://data.lab.nl/dvn/api/access/datafile/7?gbrecs=true
    """,
    ("physionet", "https://physionet.org/content/chest-ct/1.0.0/"): """
        https://physionet.org/content/chest-ct/1.0.0/
        https://www.physionet.org/content/chest-ct/1.0.0
        http://physionet.org/content/Chest-CT/1.0.0/#files-panel
        https://physionet.org/content/chest-ct/1.0.0/files/README.md
        https://physionet.org/files/chest-ct/1.0.0/
        physionet.org/content/chest-ct/1.0.0/?utm_source=x
    """,
    ("physionet", "https://physionet.org/content/chest-ct/"): """
        https://physionet.org/content/chest-ct/
        https://physionet.org/content/chest-ct
    """,
    ("physionet", "https://physionet.org/files/chest-ct/1.0.0/ct/1.dcm"): """
        https://physionet.org/files/chest-ct/1.0.0/ct/1.dcm
        https://physionet.org/files/chest-ct/1.0.0/ct/1.dcm?download
    """,
    ("openneuro", "https://openneuro.org/datasets/ds000042"): """
        https://openneuro.org/datasets/ds000042
        http://www.openneuro.org/datasets/ds000042/
        https://openneuro.org/datasets/ds000042/download
        https://doi.org/10.18112/openneuro.ds000042
    """,
    ("openneuro", "https://openneuro.org/datasets/ds000042/versions/1.0.1"): """
        https://openneuro.org/datasets/ds000042/versions/1.0.1
        https://openneuro.org/datasets/ds000042/versions/1.0.1/file-display/README?x=1
        doi:10.18112/openneuro.ds000042.v1.0.1
    """,
    ("tcia", "https://www.cancerimagingarchive.net/collection/rider-lung-ct/"): """
        https://www.cancerimagingarchive.net/collection/rider-lung-ct/
        http://cancerimagingarchive.net/collection/RIDER-Lung-CT?utm_source=x#data-access
        https://wiki.cancerimagingarchive.net/display/Public/RIDER+Lung+CT
        https://nbia.cancerimagingarchive.net/nbia-search/?MinNumberOfStudiesCriteria=1&CollectionCriteria=RIDER%20Lung%20CT
        https://www.cancerimagingarchive.net/nbia-search/?CollectionCriteria=RIDER+Lung+CT
        https://services.cancerimagingarchive.net/nbia-api/services/v1/getSeries?Collection=RIDER%20Lung%20CT&format=json
    """,
    ("tcia", "https://nbia.cancerimagingarchive.net/viewer/?series=1.3.6.1.4.1"): """
        https://nbia.cancerimagingarchive.net/viewer/?series=1.3.6.1.4.1
        https://services.cancerimagingarchive.net/nbia-api/services/v4/getImage?SeriesInstanceUID=1.3.6.1.4.1
        https://nbia.cancerimagingarchive.net/nbia-api/services/v4/getSeriesSize?SeriesInstanceUID=1.3.6.1.4.1
    """,
    ("tcia", "https://nbia.cancerimagingarchive.net/viewer/?study=1.3.6.1.4.2"): """
        https://www.cancerimagingarchive.net/viewer/?study=1.3.6.1.4.2
        https://services.cancerimagingarchive.net/nbia-api/services/v1/getSeries?Collection=x&StudyInstanceUID=1.3.6.1.4.2
    """,
    ("idc", "https://portal.imaging.datacommons.cancer.gov/explore/filters/?collection_id=nlst"): """
        https://portal.imaging.datacommons.cancer.gov/explore/filters/?collection_id=nlst
        http://portal.imaging.datacommons.cancer.gov/explore/filters?collection_id=NCI_Trials&collection_id=nlst
        https://portal.imaging.datacommons.cancer.gov/explore/filters/?filters_for_load=x&collection_id=nlst&utm_source=y#z
        https://portal.imaging.datacommons.cancer.gov/collections/nlst/
        https://api.imaging.datacommons.cancer.gov/v3/collections/nlst
    """,
    (
        "idc",
        "https://portal.imaging.datacommons.cancer.gov/explore/filters/?collection_id=a1&collection_id=b2&Modality=CT",
    ): """
        https://portal.imaging.datacommons.cancer.gov/explore/filters/?Modality_op=OR&Modality=CT&collection_id=b2&collection_id=a1
    """,
    ("idc", "https://viewer.imaging.datacommons.cancer.gov/v3/viewer/?StudyInstanceUIDs=1.3.6.1.4"): """
        https://viewer.imaging.datacommons.cancer.gov/v3/viewer/?StudyInstanceUIDs=1.3.6.1.4
        https://viewer.imaging.datacommons.cancer.gov/v3/viewer/?StudyInstanceUIDs=1.3.6.1.4&initialSeriesInstanceUID=1.3.9
        https://viewer.imaging.datacommons.cancer.gov/viewer/1.3.6.1.4
        https://viewer.imaging.datacommons.cancer.gov/slim/studies/1.3.6.1.4
    """,
    (
        "idc",
        "https://viewer.imaging.datacommons.cancer.gov/v3/viewer/?StudyInstanceUIDs=1.3.6.1.4&SeriesInstanceUIDs=1.3.7,1.3.8",
    ): """
        https://viewer.imaging.datacommons.cancer.gov/viewer/1.3.6.1.4?seriesInstanceUID=1.3.8,1.3.7
        https://viewer.imaging.datacommons.cancer.gov/v3/viewer/?StudyInstanceUIDs=1.3.6.1.4&SeriesInstanceUIDs=1.3.7,1.3.8
    """,
    ("s3", "s3://chest-ct"): """
        s3://chest-ct
        s3://chest-ct/
        S3://chest-ct/*
        s3a://chest-ct
        arn:aws:s3:::chest-ct
        arn:aws:s3:::chest-ct/*
        aws s3 ls --no-sign-request s3://chest-ct/
        !aws s3 sync --no-sign-request s3://chest-ct/ ./chest
    """,
    ("s3", "s3://chest-ct/CT scans/1%.dcm"): "s3://chest-ct/CT scans/1%.dcm",
    ("s3", "s3://chest-ct/8e4ccba1-74f4"): """
        s5cmd --no-sign-request --endpoint-url https://s3.amazonaws.com cp 's3://chest-ct/8e4ccba1-74f4/*' .
        s3://chest-ct/8e4ccba1-74f4/*
    """,
    ("s3", "https://chest-ct.s3.amazonaws.com"): """
        https://chest-ct.s3.amazonaws.com
        http://chest-ct.s3.amazonaws.com/
        https://chest-ct.s3.eu-west-1.amazonaws.com/
        https://chest-ct.s3-eu-west-1.amazonaws.com
        https://chest-ct.s3.dualstack.us-gov-east-1.amazonaws.com/
        https://chest-ct.s3-accelerate.amazonaws.com/
        https://s3.amazonaws.com/chest-ct/
        https://s3.us-east-2.amazonaws.com/chest-ct
        https://s3-us-west-2.amazonaws.com/chest-ct
        https://s3.console.aws.amazon.com/s3/buckets/chest-ct?region=us-east-1&tab=objects
        https://us-east-1.console.aws.amazon.com/s3/buckets/chest-ct?region=us-east-1
        CHEST-CT.S3.AMAZONAWS.COM
    """,
    ("s3", "https://chest-ct.s3.amazonaws.com/CT%20a/1.dcm"): """
        https://chest-ct.s3.amazonaws.com/CT%20a/1.dcm
        https://chest-ct.s3.amazonaws.com/CT a/1.dcm?utm_source=x#top
        https://s3.amazonaws.com/chest-ct/CT%20a/1.dcm
        https://s3.console.aws.amazon.com/s3/object/chest-ct?region=us-east-1&prefix=CT+a/1.dcm
        https://chest-ct.s3.amazonaws.com/?list-type=2&prefix=CT%20a%2F1.dcm
    """,
    ("s3", "https://s3.amazonaws.com/www.lab.org/ct"): "https://www.lab.org.s3.amazonaws.com/ct/",
    ("gcs", "gs://chest-ct"): """
        gs://chest-ct
        gs://chest-ct/
        https://storage.googleapis.com/chest-ct
        https://chest-ct.storage.googleapis.com/
        https://commondatastorage.googleapis.com/chest-ct
        https://storage.cloud.google.com/chest-ct?authuser=1
        https://console.cloud.google.com/storage/browser/chest-ct;tab=objects?project=lab&prefix=&forceOnObjectsSortingFiltering=false
        https://storage.googleapis.com/storage/v1/b/chest-ct/o?alt=json
        gsutil -m cp -r gs://chest-ct/* .
        gcloud storage ls gs://chest-ct
    """,
    ("gcs", "gs://chest-ct/CT a/1.dcm"): """
        gs://chest-ct/CT a/1.dcm
        https://storage.googleapis.com/chest-ct/CT%20a/1.dcm
        https://chest-ct.storage.googleapis.com/CT%20a/1.dcm
        https://storage.cloud.google.com/chest-ct/CT%20a/1.dcm
        https://console.cloud.google.com/storage/browser/_details/chest-ct/CT%20a/1.dcm;tab=live_object?project=lab
        https://storage.googleapis.com/storage/v1/b/chest-ct/o/CT%20a%2F1.dcm
        https://storage.googleapis.com/download/storage/v1/b/chest-ct/o/CT%20a%2F1.dcm?alt=media
    """,
    ("azure", "https://lab.blob.core.windows.net/chest-ct"): """
        https://lab.blob.core.windows.net/chest-ct
        http://lab.blob.core.windows.net/chest-ct/
        https://LAB.blob.core.windows.net/chest-ct?restype=container&comp=list
        https://lab.dfs.core.windows.net/chest-ct
        abfss://chest-ct@lab.dfs.core.windows.net/
        wasbs://chest-ct@lab.blob.core.windows.net
    """,
    ("azure", "https://lab.blob.core.windows.net/chest-ct/CT%20a/1.dcm"): """
        https://lab.blob.core.windows.net/chest-ct/CT%20a/1.dcm
        https://lab.blob.core.windows.net/chest-ct/CT a/1.dcm#x
        abfs://chest-ct@lab.dfs.core.windows.net/CT a/1.dcm
    """,
    ("doi", "https://doi.org/10.7910/dvn/abc"): """
        https://doi.org/10.7910/DVN/ABC
        http://dx.doi.org/10.7910/DVN/ABC
        https://www.doi.org/10.7910/DVN/ABC?x=1#y
        doi.org/10.7910/DVN/ABC
        doi:10.7910/DVN/ABC
        10.7910/DVN/ABC.
    """,
}
PACS = "https://pacs.example.org/dicom-web"
PLACES |= {
    ("dicomweb", f"{PACS}/studies/1.2.840.1.5"): """
        https://pacs.example.org/dicom-web/studies/1.2.840.1.5
        https://PACS.example.org:443/dicom-web/studies/1.2.840.1.5/
        https://pacs.example.org/dicom-web/studies/1.2.840.1.5/series
        https://pacs.example.org/dicom-web/studies/1.2.840.1.5/metadata?accept=application/dicom%2Bjson
        https://pacs.example.org/dicom-web/studies?StudyInstanceUID=1.2.840.1.5&limit=1
        https://pacs.example.org/stone-webviewer/index.html?study=1.2.840.1.5
        https://pacs.example.org/ohif/viewer?StudyInstanceUIDs=1.2.840.1.5&x=1#y
        https://ana:geheim@pacs.example.org/dicom-web/studies/1.2.840.1.5/thumbnail
    """,
    ("dicomweb", f"{PACS}/studies/1.2.840.1.5/series/1.2.840.1.6"): """
        https://pacs.example.org/dicom-web/studies/1.2.840.1.5/series/1.2.840.1.6
        https://pacs.example.org/dicom-web/studies/1.2.840.1.5/series/1.2.840.1.6/instances/?limit=9
    """,
    ("dicomweb", f"{PACS}/studies"): """
        https://pacs.example.org/dicom-web
        https://pacs.example.org/dicom-web/
        https://pacs.example.org/dicom-web/studies?limit=10&includefield=all
    """,
    (
        "dicomweb",
        "http://pacs:8080/dcm4chee-arc/aets/DCM4CHEE/rs/studies/1.2.840.1.5/series/1.2.840.1.6/instances/1.2.840.1.7",
    ): """
        http://pacs:8080/dcm4chee-arc/aets/DCM4CHEE/rs/studies/1.2.840.1.5/series/1.2.840.1.6/instances/1.2.840.1.7
        http://pacs:8080/dcm4chee-arc/aets/DCM4CHEE/rs/studies/1.2.840.1.5/series/1.2.840.1.6/instances/1.2.840.1.7/frames/1
    """,
    (
        "dicomweb",
        "http://localhost:8042/app/explorer.html#study?uuid=f8a15728-6faa2b6d-627e772f-037efd31-f917dbfa",
    ): "http://localhost:8042/app/explorer.html#study?uuid=f8a15728-6faa2b6d-627e772f-037efd31-f917dbfa",
}
CLOUD = "https://cloud.example.org"
PLACES |= {
    ("webdav", f"{CLOUD}/s/AbCdEfGh1234567"): """
        https://cloud.example.org/s/AbCdEfGh1234567
        https://cloud.example.org/s/AbCdEfGh1234567/
        https://cloud.example.org/s/AbCdEfGh1234567/download
        HTTPS://Cloud.example.org/s/AbCdEfGh1234567?path=/#x
        https://cloud.example.org/s/AbCdEfGh1234567/authenticate/showShare
    """,
    ("webdav", f"{CLOUD}/nc/index.php/s/AbCdEfGh1234567?path=/ct+a/1.dcm"): """
        https://cloud.example.org/nc/index.php/s/AbCdEfGh1234567?path=%2Fct%20a%2F1.dcm
        https://cloud.example.org/nc/index.php/s/AbCdEfGh1234567/download?path=%2Fct%20a&files=1.dcm
        https://cloud.example.org/nc/public.php/dav/files/AbCdEfGh1234567/ct%20a/1.dcm
    """,
    ("webdav", f"{CLOUD}/remote.php/dav/files/ana/ct/"): """
        https://cloud.example.org/remote.php/dav/files/ana/ct/
        https://ana:geheim@cloud.example.org/remote.php/dav/files/ana/ct/
    """,
    ("webdav", f"{CLOUD}/remote.php/webdav/ct"): "https://cloud.example.org/remote.php/webdav/ct?x=1",
    ("webdav", "https://files.example.org/webdav/ct/"): "https://files.example.org/webdav/ct/",
    ("webdav", "davs://files.example.org/ct/"): """
        davs://files.example.org/ct/
        webdavs://files.example.org:443/ct/
    """,
}
DRIVE, DROPBOX = "https://drive.google.com/file/d/1aB2cD3eF4gH5iJ6", "https://www.dropbox.com"
PLACES |= {
    ("google_drive", DRIVE): """
        https://drive.google.com/file/d/1aB2cD3eF4gH5iJ6/view?usp=sharing
        https://drive.google.com/file/d/1aB2cD3eF4gH5iJ6
        http://drive.google.com/file/u/0/d/1aB2cD3eF4gH5iJ6/edit#x
        https://drive.google.com/open?id=1aB2cD3eF4gH5iJ6&usp=drive_fs
        https://drive.google.com/uc?export=download&id=1aB2cD3eF4gH5iJ6
        https://docs.google.com/uc?id=1aB2cD3eF4gH5iJ6&export=download&confirm=t
        https://drive.usercontent.google.com/download?id=1aB2cD3eF4gH5iJ6&export=download&uuid=x
        drive.google.com/file/d/1aB2cD3eF4gH5iJ6/view
    """,
    (
        "google_drive",
        f"{DRIVE}?resourcekey=0-aB",
    ): "https://drive.google.com/file/d/1aB2cD3eF4gH5iJ6/view?resourcekey=0-aB",
    ("dropbox", f"{DROPBOX}/s/a1b2c3d4e5f6g7h/ct%20a.zip"): """
        https://www.dropbox.com/s/a1b2c3d4e5f6g7h/ct%20a.zip?dl=0
        http://dropbox.com/s/a1b2c3d4e5f6g7h/ct%20a.zip
        https://dl.dropboxusercontent.com/s/a1b2c3d4e5f6g7h/ct%20a.zip?raw=1#x
    """,
    ("dropbox", f"{DROPBOX}/scl/fo/a1b2c3d4e5f6g7h/AbC?rlkey=k1"): """
        https://www.dropbox.com/scl/fo/a1b2c3d4e5f6g7h/AbC?rlkey=k1&st=x&dl=0
        https://www.dropbox.com/scl/fo/a1b2c3d4e5f6g7h/AbC?dl=1&rlkey=k1&e=1
    """,
    ("dropbox", f"{DROPBOX}/sh/a1b2c3d4e5f6g7h/AbC"): "https://www.dropbox.com/sh/a1b2c3d4e5f6g7h/AbC?dl=0",
    ("http", "https://lab.sharepoint.com/:u:/g/personal/ana/Eabc?e=x&download=1"): """
        https://lab.sharepoint.com/:u:/g/personal/ana/Eabc?e=x&download=1
    """,
    ("http", "https://lab.box.com/shared/static/ab12.zip"): "https://lab.box.com/shared/static/ab12.zip",
}
CASES = [(text.strip(), *place) for place, texts in PLACES.items() for text in texts.strip().splitlines()]

# What looks like a service and is none, or is one file behind an address of its own.
OTHERS = {
    "https://github.com.example.org/lab/chest": "http",
    "https://notgithub.com/lab/chest": "http",
    "https://lab.github.io/chest/ct.zip": "http",
    "https://gist.github.com/ana/5f2c": "http",
    "https://objects.githubusercontent.com/a/b?X-Amz-Signature=x": "http",
    "https://example.org/github.com/lab/chest.zip": "http",
    "https://example.org/?next=https://zenodo.org/records/1": "http",
    "https://sandbox.zenodo.org/records/1": "http",
    "https://myzenodo.org/records/1": "http",
    "https://ndownloader.figshare.com/files/7": "http",
    "https://figshare.com/ndownloader/files/7": "http",
    "https://www.cancerimagingarchive.net/wp-content/uploads/Chest-CT.zip": "http",
    "https://wiki.cancerimagingarchive.net/download/attachments/1/ct.zip?api=v2": "http",
    "https://mycancerimagingarchive.net/collection/lidc-idri/": "http",
    "https://learn.canceridc.dev/ct.zip": "http",
    "https://chest-ct.s3.amazonaws.com/ct.zip?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=x": "http",
    "https://chest-ct.s3.amazonaws.com/ct.zip?versionId=x": "http",
    "https://chest-ct.s3-website-us-east-1.amazonaws.com/ct.zip": "http",
    "https://s3.amazonaws.com.example.org/chest-ct": "http",
    "https://docs.aws.amazon.com/s3/ct.zip": "http",
    "https://storage.googleapis.com.example.org/chest-ct": "http",
    "https://storage.googleapis.com/chest-ct/ct.zip?generation=17": "http",
    "https://lab.blob.core.windows.net/chest-ct/ct.zip?sv=2024&sig=x": "http",
    "https://lab.blob.core.windows.net.example.org/chest-ct": "http",
    "https://storage.googleapis.com/kaggle-data-sets/1/2/archive.zip?X-Goog-Signature=x": "http",
    "https://cdn-lfs.huggingface.co/repos/a/b": "http",
    "https://files.osf.io/v1/resources/ab3de/providers/osfstorage/5f?zip=": "http",
    "https://example.org/dataset.xhtml": "http",
    "https://example.org/dataset.xhtml?persistentId=1": "http",
    "https://example.org/10.5281/zenodo.1234.zip": "http",
    "https://user@zenodo.org.evil.example/records/1": "http",
    "https://example.org/studies/42": "http",
    "https://example.org/studies/chest-1.2.3.4.zip": "http",
    "https://example.org/dicom-web.zip": "http",
    "https://example.org/standards/dicomweb": "http",
    "https://example.org/s/ct": "http",
    "https://example.org/maps/AbCdEfGh1234567": "http",
    "https://example.org/webdav.zip": "http",
    "https://dropbox.com.example.org/s/ct.zip": "http",
    "https://notdropbox.com/s/ct.zip": "http",
    "https://storage.cloud.google.com.example.org/a.zip": "http",
    "https://mybox.com/ct.zip": "http",
    "sample:": "sample",
    "/data/github.com/lab/chest": "local",
    "./zenodo.org/records/1": "local",
    "~/10.5281/zenodo.1234": "local",
    "file:///data/osf.io/ab3de": "local",
}


def test_the_table_is_as_long_as_it_should_be() -> None:
    assert len(CASES) + len(OTHERS) >= 120


@pytest.mark.parametrize(("pasted", "kind", "url"), CASES, ids=[pasted for pasted, _, _ in CASES])
def test_the_right_source_takes_it_under_one_address(pasted: str, kind: str, url: str) -> None:
    source = parse(pasted)
    assert (source.kind, source.url) == (kind, url)
    assert source.title and source.title.isprintable()
    again = parse(source.url)
    assert again == source or (again.kind, again.url) == (kind, url)


@pytest.mark.parametrize("pasted", OTHERS)
def test_what_only_looks_like_a_service_is_none_of_its(pasted: str) -> None:
    assert parse(pasted).kind == OTHERS[pasted]


@pytest.mark.parametrize(
    "pasted", ["ftp://github.com/lab/chest", "ftp://zenodo.org/records/1", "10.5281", "doi:", "github.com"]
)
def test_what_is_no_address_of_a_service_is_refused(pasted: str) -> None:
    with pytest.raises(UnsupportedURL):
        parse(pasted)


def test_an_address_with_a_thousand_parameters_is_read() -> None:
    assert parse(f"https://example.org/ct.zip?{'&'.join('a=1' for _ in range(1000))}").kind == "http"


def test_no_address_of_a_service_is_taken_by_two() -> None:
    for pasted, kind, _ in CASES:
        takers = []
        for other in SOURCES:
            try:
                takers += [found.kind] if (found := other.parse(pasted)) else []
            except UnsupportedURL:
                takers += ["refused"]
        assert set(takers) <= {kind, "http", "doi", "dicomweb"}  # the last three go by the form of an address
