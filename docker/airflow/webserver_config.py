"""Airflow's users and their sessions: Flask-AppBuilder's settings."""

from flask_appbuilder.const import AUTH_DB

AUTH_TYPE = AUTH_DB
AUTH_RATE_LIMITED = True
AUTH_RATE_LIMIT = "10 per 40 second"
RATELIMIT_STORAGE_URI = "memory://"
WTF_CSRF_ENABLED = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
