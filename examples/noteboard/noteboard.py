"""A note board: notes in PostgreSQL, a view counter in Redis, attachments on the filer."""

import os
import socket
import urllib.parse

import flask
import psycopg2
import psycopg2.extras
import redis
import requests

application = flask.Flask(__name__)
application.config["MAX_CONTENT_LENGTH"] = 32 * 1024 * 1024

REPLICA = socket.gethostname()
FILER = os.environ["FILER_URL"]
CACHE = redis.Redis(host=os.environ["CACHE_HOST"], socket_timeout=3, socket_connect_timeout=3)
SCHEMA_LOCK = 20260101  # any number, the same in every replica


def password():
    with open(os.environ["DATABASE_PASSWORD_FILE"], encoding="utf-8") as file:
        return file.read().strip()


def connect():
    return psycopg2.connect(os.environ["DATABASE"], password=password(), connect_timeout=3)


def create_schema():
    with connect() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", (SCHEMA_LOCK,))
        cursor.execute(
            "CREATE TABLE IF NOT EXISTS note (id serial PRIMARY KEY, text text NOT NULL,"
            " made timestamptz NOT NULL DEFAULT now())"
        )
    connection.close()


def database():
    if "database" not in flask.g:
        flask.g.database = connect()
    return flask.g.database


@application.teardown_appcontext
def close(_error):
    connection = flask.g.pop("database", None)
    if connection is not None:
        connection.close()


@application.after_request
def name_replica(response):
    response.headers["X-Replica"] = REPLICA
    return response


def notes():
    with database().cursor(cursor_factory=psycopg2.extras.RealDictCursor) as cursor:
        cursor.execute("SELECT id, text, made FROM note ORDER BY id DESC LIMIT 100")
        return cursor.fetchall()


def attachments():
    listing = requests.get(FILER + "/", timeout=3)
    listing.raise_for_status()
    return [entry["name"] for entry in listing.json() if entry["type"] == "file"]


@application.get("/")
def page():
    return flask.render_template(
        "page.html", notes=notes(), views=CACHE.incr("views"), attachments=attachments(), replica=REPLICA
    )


@application.get("/notes.json")
def list_notes():
    return flask.jsonify([dict(note, made=note["made"].isoformat()) for note in notes()])


@application.post("/notes")
def add_note():
    text = flask.request.form.get("text", "").strip()
    if not text:
        flask.abort(400, "the form field 'text' is empty")
    with database() as connection, connection.cursor() as cursor:
        cursor.execute("INSERT INTO note (text) VALUES (%s)", (text,))
    return flask.redirect("/", 303)


@application.post("/attachments")
def add_attachment():
    upload = flask.request.files.get("file")
    name = os.path.basename(upload.filename or "").lstrip(".") if upload else ""
    if not name:
        flask.abort(400, "the form field 'file' is empty")
    requests.put(f"{FILER}/{urllib.parse.quote(name)}", data=upload.stream, timeout=30).raise_for_status()
    return flask.redirect("/", 303)


@application.get("/attachments/<name>")
def get_attachment(name):
    answer = requests.get(f"{FILER}/{urllib.parse.quote(name)}", timeout=30)
    if answer.status_code == 404:
        flask.abort(404)
    answer.raise_for_status()
    headers = {"Content-Disposition": "attachment"}
    return flask.Response(answer.content, content_type="application/octet-stream", headers=headers)


@application.get("/healthz")
def health():
    return {"status": "ok", "replica": REPLICA}


create_schema()
