"""The bucket of the stack's own object store: a store and MLflow expect theirs to be there."""

from __future__ import annotations

from leeway.errors import StoreError


def make_bucket(name: str) -> bool:
    """Make the bucket unless it is there; where it is comes from the ``AWS_*`` variables.

    Returns:
        Whether it was made.

    Raises:
        StoreError: STO004 if it is not there and cannot be made.
    """
    import fsspec

    objects = fsspec.filesystem("s3", use_listings_cache=False)
    try:
        if objects.exists(name):
            return False
        objects.mkdir(name)
    except Exception as error:  # the edge to fsspec: each engine behind it raises what its own library raises
        raise StoreError(
            f"the bucket {name} is not there and cannot be made: {error}",
            code="STO004",
            do="Check the object store and the S3_* lines of .env, or make the bucket yourself.",
        ) from error
    return True
