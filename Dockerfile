# The image of every Guichet process: web, workers, beat, mail intake, live events. The command chooses which.
# Its steps are those of `make run`: the same bootstrap installs the same hash-pinned requirements and compiles the messages.
FROM python:3.12-slim AS build
WORKDIR /app
COPY requirements ./requirements
COPY locale ./locale
COPY grc/stack/bootstrap.py ./grc/stack/bootstrap.py
RUN python3 grc/stack/bootstrap.py production -c "print('installed')"
COPY . .
RUN DJANGO_SETTINGS_MODULE=grc.settings.build STATIC_ROOT=/app/staticfiles .venv/bin/python manage.py collectstatic --noinput \
    && .venv/bin/python -m compileall -q core directory knowledge notifications tickets channels_intake portal dashboard grc

FROM python:3.12-slim
LABEL org.opencontainers.image.title="Guichet" org.opencontainers.image.licenses="EUPL-1.2"
RUN useradd --system --uid 10001 --home-dir /app guichet && install -d -o guichet -g guichet /data
WORKDIR /app
COPY --from=build /app /app
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1 DJANGO_SETTINGS_MODULE=grc.settings.production \
    DATA_DIR=/data STATIC_ROOT=/app/staticfiles SMTP_HOST=0.0.0.0
USER guichet
VOLUME /data
EXPOSE 8000 8001 2525
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
    CMD ["python", "-m", "grc.probe", "http://127.0.0.1:8000/readyz"]
CMD ["gunicorn", "grc.wsgi:application", "--bind", "0.0.0.0:8000", "--workers", "2", "--worker-class", "gthread", \
     "--threads", "4", "--preload", "--graceful-timeout", "20"]
