#!/bin/sh
# Makes a database where there is none, and serves it; for tests only: it never syncs to disk.
set -eu
export PATH=/opt/postgres:$PATH
if [ ! -d /data/db ]; then
    printf %s "$POSTGRES_PASSWORD" > /data/password
    initdb --auth=scram-sha-256 --username="$POSTGRES_USER" --pwfile=/data/password --no-sync --encoding=UTF8 --locale=C.UTF-8 /data/new
    echo "CREATE DATABASE words;" | postgres --single -D /data/new postgres > /dev/null
    echo "host all all all scram-sha-256" >> /data/new/pg_hba.conf
    mv /data/new /data/db
fi
exec postgres -D /data/db -h '*' -k /data -c fsync=off
