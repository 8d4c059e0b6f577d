# The image of `kabar`: the worker, or any other command given as arguments (`docker run kabar topics --check`).

FROM python:3.12-slim-trixie AS build

# The finished environment is copied whole into the next stage, so that pip and its leftovers stay behind.
RUN python -m venv /opt/kabar
ENV PIP_DISABLE_PIP_VERSION_CHECK=1

# What changes seldom first: a change of the code alone rebuilds only the last step.
COPY requirements.lock /src/
RUN --mount=type=cache,target=/root/.cache/pip \
    /opt/kabar/bin/pip install --require-hashes --requirement /src/requirements.lock

COPY pyproject.toml README.md /src/
COPY streams /src/streams
RUN --mount=type=cache,target=/root/.cache/pip \
    /opt/kabar/bin/pip install --no-deps /src


FROM python:3.12-slim-trixie

RUN useradd --uid 10001 --user-group --no-log-init --create-home --home-dir /var/lib/kabar kabar
COPY --from=build /opt/kabar /opt/kabar

# The web server answers inside the container only: it is what the healthcheck asks.
ENV PATH=/opt/kabar/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    KABAR_DATA_DIR=/var/lib/kabar \
    KABAR_WEB_PORT=6066

USER 10001:10001
WORKDIR /var/lib/kabar

# The worker answers from the loop that handles its records, so a silent one is stuck. It is silent too while it
# loads the model.
HEALTHCHECK --interval=15s --timeout=10s --start-period=120s --retries=4 \
    CMD ["python", "-c", "import os, urllib.request as web; \
        web.urlopen(f\"http://127.0.0.1:{os.environ['KABAR_WEB_PORT']}/healthz\", timeout=8)"]

ENTRYPOINT ["kabar"]
CMD ["worker"]
