# The image of any service: docker build --build-arg SERVICE=gateway .
# The model export needs TensorFlow beside it: --build-arg SERVICE=modelserver --build-arg EXTRA=export.
# For several architectures: docker buildx build --platform linux/amd64,linux/arm64 …
ARG PYTHON_IMAGE=python:3.11-slim

# What every service needs is a layer that all images share.
FROM ${PYTHON_IMAGE} AS common
ARG UV_VERSION=0.13.9
ENV UV_PYTHON_DOWNLOADS=never UV_NO_CACHE=1 VIRTUAL_ENV=/opt/atlas
RUN pip install --no-cache-dir uv==${UV_VERSION} && uv venv --python python3 /opt/atlas
WORKDIR /src
COPY deploy/image/install requirements.lock ./
COPY services/contracts services/contracts
COPY services/common services/common
RUN ./install ./services/contracts ./services/common

FROM common AS build
ARG SERVICE
COPY services/${SERVICE} services/${SERVICE}
ARG EXTRA=""
RUN touch before \
 && ./install "./services/${SERVICE}${EXTRA:+[$EXTRA]}" \
 && printf '#!/opt/atlas/bin/python\nimport runpy\n\nrunpy.run_module("atlas_%s", run_name="__main__", alter_sys=True)\n' "${SERVICE}" \
      >/opt/atlas/bin/service \
 && chmod 755 /opt/atlas/bin/service \
 && mkdir /own \
 && find /opt/atlas ! -type d -cnewer before -print0 | tar --create --null --files-from - | tar --extract --directory /own

FROM ${PYTHON_IMAGE}
COPY --from=common /opt/atlas /opt/atlas
COPY --from=build /own /
COPY --from=common --chown=65532:65532 /srv /models
# Lance warns a thousand times while it trains an index, in lines that are not JSON.
ENV PATH=/opt/atlas/bin:$PATH HOME=/tmp PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 LANCE_LOG=error
WORKDIR /tmp
USER 65532:65532
ENTRYPOINT ["service"]
