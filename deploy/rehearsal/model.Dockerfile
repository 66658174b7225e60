# A model that was exported outside, for clusters whose pods reach no network. Its context is the model's folder.
ARG PYTHON_IMAGE=python:3.11-slim
FROM ${PYTHON_IMAGE}
COPY . /model
USER 65532:65532
ENTRYPOINT ["python", "-c", "import shutil; shutil.copytree('/model', '/models/inception_v3', copy_function=shutil.copyfile)"]
