# One image for the code server, the web server, the daemon and the reports; docker-compose.yml says what each runs.
FROM python:3.11-slim

RUN pip install --no-cache-dir uv
ENV UV_PYTHON_DOWNLOADS=never UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1 \
    PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1

RUN useradd --create-home --uid 10001 revenue && mkdir -p /app /data && chown revenue:revenue /app /data
USER revenue
WORKDIR /app

# The packages first: they change less often than the code.
COPY --chown=revenue:revenue pyproject.toml uv.lock README.md LICENSE ./
RUN uv sync --frozen --no-dev --no-install-project
COPY --chown=revenue:revenue . .
RUN uv sync --frozen --no-dev

ENV REVENUE_HOME=/data
VOLUME /data
EXPOSE 3000 3001 4000
ENTRYPOINT ["revenue", "exec"]
