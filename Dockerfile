# The image of any service: docker build --build-arg SERVICE=gateway .
# The model export needs TensorFlow beside it: --build-arg SERVICE=modelserver --build-arg EXTRA=export.
ARG PYTHON_IMAGE=python:3.11-slim

FROM ${PYTHON_IMAGE} AS build
ARG UV_VERSION=0.13.9
ENV UV_PYTHON_DOWNLOADS=never
RUN pip install --no-cache-dir uv==${UV_VERSION} && uv venv --python python3 /opt/atlas
WORKDIR /src
COPY requirements.lock ./
COPY services/contracts services/contracts
COPY services/common services/common
ARG SERVICE
COPY services/${SERVICE} services/${SERVICE}
ARG EXTRA=""
# Whatever the packages ask for comes in the versions and with the digests of the lock.
RUN uv pip install --no-cache --python /opt/atlas --compile-bytecode --constraint requirements.lock --build-constraint requirements.lock \
      ./services/contracts ./services/common "./services/${SERVICE}${EXTRA:+[$EXTRA]}" \
 && printf '#!/opt/atlas/bin/python\nimport runpy\n\nrunpy.run_module("atlas_%s", run_name="__main__", alter_sys=True)\n' "${SERVICE}" \
      >/opt/atlas/bin/service \
 && chmod 755 /opt/atlas/bin/service

FROM ${PYTHON_IMAGE}
COPY --from=build /opt/atlas /opt/atlas
COPY --from=build --chown=65532:65532 /srv /models
ENV PATH=/opt/atlas/bin:$PATH HOME=/tmp PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
WORKDIR /tmp
USER 65532:65532
ENTRYPOINT ["service"]
