"""The only reader of environment variables: what the person who runs BioDataMine decided."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from biodatamine_core.errors import InvalidSetting

GIGABYTE = 1_000_000_000  # decimal, as everywhere a person reads a size
AWS_S3, _AWS_REGION = "https://s3.amazonaws.com", "us-east-1"
AZURE_BLOB = "https://blob.core.windows.net"


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one dataset may be. Counted on real bytes, never on what a header claims."""

    download_bytes: int = 200 * GIGABYTE
    unpacked_bytes: int = 500 * GIGABYTE
    files: int = 10_000_000


@dataclass(frozen=True, slots=True)
class Service:
    """Where one service of datasets answers, without a slash at the end, and the key that it may be shown."""

    url: str
    token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class S3Key:
    """AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN and AWS_DEFAULT_REGION, as AWS itself calls them.

    buckets: whose data everybody who scans here may read with it; None for every bucket that it opens.
    """

    key_id: str
    secret: str = field(repr=False)
    session_token: str | None = field(default=None, repr=False)
    region: str = _AWS_REGION
    buckets: frozenset[str] | None = None

    def opens(self, bucket: str) -> bool:
        return self.buckets is None or bucket in self.buckets


@dataclass(frozen=True, slots=True)
class Services:
    """BIODATAMINE_<SERVICE>_URL and BIODATAMINE_<SERVICE>_TOKEN; for Kaggle and AWS their own variables as well.

    s3: where "s3://bucket" is asked for. aws: where an address of AWS itself is.
    """

    github: Service = Service("https://github.com")
    zenodo: Service = Service("https://zenodo.org")
    huggingface: Service = Service("https://huggingface.co")
    kaggle: Service = Service("https://www.kaggle.com")
    kaggle_user: str | None = None
    figshare: Service = Service("https://api.figshare.com")
    osf: Service = Service("https://api.osf.io")
    doi: Service = Service("https://doi.org")
    physionet: Service = Service("https://physionet.org")
    openneuro: Service = Service("https://openneuro.org")
    google_drive: Service = Service("https://drive.google.com")
    dropbox: Service = Service("https://www.dropbox.com")
    s3: Service = Service(AWS_S3)
    s3_key: S3Key | None = None
    aws: Service = Service(AWS_S3)
    gcs: Service = Service("https://storage.googleapis.com")
    azure: Service = Service(AZURE_BLOB)
    idc: Service = Service("https://api.imaging.datacommons.cancer.gov")
    tcia: Service = Service("https://services.cancerimagingarchive.net")


@dataclass(frozen=True, slots=True)
class Settings:
    """One field per variable; `environment()` reads them all, `docs/settings.md` lists them."""

    storage_url: str = "data/store"
    """BIODATAMINE_STORAGE: a folder, or s3://bucket/prefix with the usual AWS variables."""
    state_dir: Path = Path("data/state")
    """BIODATAMINE_STATE: scratch and partial downloads of this machine, never on a share."""
    redis_url: str | None = field(default=None, repr=False)
    """BIODATAMINE_REDIS_URL: the queue that wakes workers on other machines; by default a file in state_dir."""
    s3_endpoint: str | None = None
    """BIODATAMINE_S3_ENDPOINT: the address of an S3 service that is not AWS."""
    limits: Limits = Limits()
    """BIODATAMINE_MAX_DOWNLOAD_GB, BIODATAMINE_MAX_UNPACKED_GB, BIODATAMINE_MAX_FILES."""
    allowed_hosts: frozenset[str] = frozenset()
    """BIODATAMINE_ALLOW_HOSTS: comma separated host names (or host:port) that may be private addresses."""
    local_roots: tuple[Path, ...] = ()
    """BIODATAMINE_LOCAL_ROOTS: folders that people may scan from the app, separated as in PATH."""
    workers: int = 1
    """BIODATAMINE_WORKERS: scan processes; by default one per core."""
    scheduler: str = ""
    """BIODATAMINE_SCHEDULER: a Dask scheduler (tcp://host:8786) or local-cluster; by default a pool of processes."""
    memory_limit_mb: int = 512
    """BIODATAMINE_MEMORY_MB: DuckDB's memory cap per connection, for the questions of pages and people."""
    scan_memory_mb: int = 128
    """BIODATAMINE_SCAN_MEMORY_MB: the same while a scan groups, labels and checks, up to some millions of files."""
    cache_bytes: int = 5 * GIGABYTE
    """BIODATAMINE_CACHE_GB: disk space in state_dir, once for volumes that were looked at, once for tables on S3."""
    connect_timeout_s: float = 10.0
    """BIODATAMINE_CONNECT_TIMEOUT_S."""
    read_timeout_s: float = 60.0
    """BIODATAMINE_READ_TIMEOUT_S: how long a server may stay silent."""
    least_bytes_per_s: float = 1000.0
    """BIODATAMINE_MIN_BYTES_PER_S: a server that sends less than this over BIODATAMINE_READ_TIMEOUT_S is hung up on."""
    connections_per_host: int = 6
    """BIODATAMINE_CONNECTIONS_PER_HOST: requests at once to one host, by one scan."""
    credentials_file: Path | None = None
    """BIODATAMINE_CREDENTIALS: a TOML file of sign-ins per host, for everybody who scans here."""
    services: Services = Services()
    secret_key: str | None = field(default=None, repr=False)
    """BIODATAMINE_SECRET_KEY: what people's own sign-ins are encrypted under, where several machines share a store."""

    def make_state_dir(self) -> None:
        """For its owner only: what was read of files lies there, and a key. One that is there stays as it is."""
        self.state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)


def environment(variables: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from the process's environment (or from the mapping given).

    Raises InvalidSetting naming the variable, what it holds and what it may hold.
    """
    variables = os.environ if variables is None else variables
    default = Settings()
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)
    return Settings(
        storage_url=variables.get("BIODATAMINE_STORAGE") or default.storage_url,
        s3_endpoint=_endpoint(variables),
        state_dir=Path(variables.get("BIODATAMINE_STATE") or default.state_dir).absolute(),
        redis_url=variables.get("BIODATAMINE_REDIS_URL") or None,
        limits=Limits(
            download_bytes=_gigabytes(variables, "BIODATAMINE_MAX_DOWNLOAD_GB", default.limits.download_bytes),
            unpacked_bytes=_gigabytes(variables, "BIODATAMINE_MAX_UNPACKED_GB", default.limits.unpacked_bytes),
            files=int(_number(variables, "BIODATAMINE_MAX_FILES", default.limits.files)),
        ),
        allowed_hosts=frozenset(
            host.strip().lower() for host in variables.get("BIODATAMINE_ALLOW_HOSTS", "").split(",") if host.strip()
        ),
        local_roots=tuple(
            Path(root).expanduser().resolve()
            for root in variables.get("BIODATAMINE_LOCAL_ROOTS", "").split(os.pathsep)
            if root.strip()
        ),
        workers=max(1, int(_number(variables, "BIODATAMINE_WORKERS", cores))),
        scheduler=variables.get("BIODATAMINE_SCHEDULER", "").strip(),
        memory_limit_mb=int(_number(variables, "BIODATAMINE_MEMORY_MB", default.memory_limit_mb)),
        scan_memory_mb=int(_number(variables, "BIODATAMINE_SCAN_MEMORY_MB", default.scan_memory_mb)),
        cache_bytes=_gigabytes(variables, "BIODATAMINE_CACHE_GB", default.cache_bytes),
        connect_timeout_s=_number(variables, "BIODATAMINE_CONNECT_TIMEOUT_S", default.connect_timeout_s),
        read_timeout_s=_number(variables, "BIODATAMINE_READ_TIMEOUT_S", default.read_timeout_s),
        least_bytes_per_s=_number(variables, "BIODATAMINE_MIN_BYTES_PER_S", default.least_bytes_per_s),
        connections_per_host=max(
            1, int(_number(variables, "BIODATAMINE_CONNECTIONS_PER_HOST", default.connections_per_host))
        ),
        credentials_file=_path(variables, "BIODATAMINE_CREDENTIALS"),
        services=_services(variables, default.services),
        secret_key=variables.get("BIODATAMINE_SECRET_KEY", "").strip() or None,
    )


def _services(variables: Mapping[str, str], default: Services) -> Services:
    def service(url_name: str, token_name: str | None, usual: Service) -> Service:
        url = _address(variables, url_name, f"the key belongs into {token_name or 'BIODATAMINE_CREDENTIALS'}")
        return Service(url or usual.url, variables.get(token_name or "", "").strip() or None)

    kaggle = service("BIODATAMINE_KAGGLE_URL", "KAGGLE_API_TOKEN", default.kaggle)
    user, key = variables.get("KAGGLE_USERNAME", "").strip(), variables.get("KAGGLE_KEY", "").strip()
    if not kaggle.token and user and key:
        kaggle = replace(kaggle, token=key)
    return Services(
        github=service("BIODATAMINE_GITHUB_URL", "BIODATAMINE_GITHUB_TOKEN", default.github),
        zenodo=service("BIODATAMINE_ZENODO_URL", "BIODATAMINE_ZENODO_TOKEN", default.zenodo),
        huggingface=service("BIODATAMINE_HUGGINGFACE_URL", "BIODATAMINE_HUGGINGFACE_TOKEN", default.huggingface),
        figshare=service("BIODATAMINE_FIGSHARE_URL", "BIODATAMINE_FIGSHARE_TOKEN", default.figshare),
        osf=service("BIODATAMINE_OSF_URL", "BIODATAMINE_OSF_TOKEN", default.osf),
        doi=service("BIODATAMINE_DOI_URL", None, default.doi),
        physionet=service("BIODATAMINE_PHYSIONET_URL", None, default.physionet),
        openneuro=service("BIODATAMINE_OPENNEURO_URL", None, default.openneuro),
        google_drive=service("BIODATAMINE_GOOGLE_DRIVE_URL", None, default.google_drive),
        dropbox=service("BIODATAMINE_DROPBOX_URL", None, default.dropbox),
        kaggle=kaggle,
        kaggle_user=user if kaggle.token == key else None,
        s3=service("BIODATAMINE_S3_URL", None, _s3(variables, default)),
        s3_key=_s3_key(variables),
        aws=service("BIODATAMINE_AWS_URL", None, default.aws),
        gcs=service("BIODATAMINE_GCS_URL", None, default.gcs),
        azure=service("BIODATAMINE_AZURE_URL", None, default.azure),
        idc=service("BIODATAMINE_IDC_URL", None, default.idc),
        tcia=service("BIODATAMINE_TCIA_URL", None, default.tcia),
    )


def _s3(variables: Mapping[str, str], default: Services) -> Service:
    """An endpoint that is set beside a storage in a folder can only be meant for datasets."""
    endpoint = None if _is_stored_on_s3(variables) else _endpoint(variables)
    return Service(endpoint) if endpoint else default.s3


def _s3_key(variables: Mapping[str, str]) -> S3Key | None:
    """The key of a storage on S3 was not given for reading datasets: it opens only the buckets that are named."""

    def value(name: str) -> str:
        return variables.get(name, "").strip()

    if not (value("AWS_ACCESS_KEY_ID") and value("AWS_SECRET_ACCESS_KEY")):
        return None
    named = frozenset(bucket.strip() for bucket in value("BIODATAMINE_S3_BUCKETS").split(",") if bucket.strip())
    return S3Key(
        value("AWS_ACCESS_KEY_ID"),
        value("AWS_SECRET_ACCESS_KEY"),
        value("AWS_SESSION_TOKEN") or None,
        value("AWS_REGION") or value("AWS_DEFAULT_REGION") or _AWS_REGION,
        named if named or _is_stored_on_s3(variables) else None,
    )


def _is_stored_on_s3(variables: Mapping[str, str]) -> bool:
    return variables.get("BIODATAMINE_STORAGE", "").startswith("s3://")


def _endpoint(variables: Mapping[str, str]) -> str | None:
    where_the_key_belongs = "the key belongs into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
    return _address(variables, "BIODATAMINE_S3_ENDPOINT", where_the_key_belongs)


def _address(variables: Mapping[str, str], name: str, where_the_key_belongs: str) -> str | None:
    """Without user:password@, which would end up in errors and in what workers are told."""
    address = variables.get(name, "").strip().rstrip("/")
    if address and (not address.startswith(("http://", "https://")) or "@" in address):
        raise InvalidSetting(f"{name} must be http://host:port or https://host:port; {where_the_key_belongs}.")
    return address or None


def _number(variables: Mapping[str, str], name: str, default: float) -> float:
    text = variables.get(name, "").strip()
    if not text:
        return default
    try:
        value = float(text)
    except ValueError as error:
        raise InvalidSetting(f'{name} is "{text}"; it must be a number above 0.') from error
    if not 0 < value < float("inf"):
        raise InvalidSetting(f'{name} is "{text}"; it must be a number above 0.')
    return value


def _path(variables: Mapping[str, str], name: str) -> Path | None:
    text = variables.get(name, "").strip()
    return Path(text).expanduser().absolute() if text else None


def _gigabytes(variables: Mapping[str, str], name: str, default_bytes: int) -> int:
    return int(_number(variables, name, default_bytes / GIGABYTE) * GIGABYTE)
