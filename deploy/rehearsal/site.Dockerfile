# Stickers for rehearsals, as a static web site. Its context is the site's folder.
ARG PYTHON_IMAGE=python:3.11-slim
FROM ${PYTHON_IMAGE}
COPY . /site
USER 65532:65532
ENTRYPOINT ["python", "-m", "http.server", "8000", "--directory", "/site"]
