#!/bin/sh
# Run by the image of PostgreSQL when it makes its data folder. Its parameters are in the environment of deploy/compose.yaml.
set -eu
psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
  -v database="$DATABASE" \
  -v owner="${DATABASE}_owner" -v owner_password="$(cat /run/strongroom/owner-password)" \
  -v node="${DATABASE}_node" -v node_password="$(cat /run/strongroom/node-password)" \
  --file /strongroom/roles.sql
