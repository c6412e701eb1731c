#!/bin/sh
# Start coturn with the configuration beside this script, the secret from POSECOUNT_TURN_SECRET, and these options. Every
# process on a machine can read command lines, so the secret goes into a file that only coturn can read: put /tmp in
# memory. coturn itself does not get the variable.
set -eu
umask 077
configuration=${TMPDIR:-/tmp}/turnserver.conf
cat "$(dirname "$0")/turnserver.conf" > "$configuration"
printf 'static-auth-secret=%s\n' "${POSECOUNT_TURN_SECRET:?Try: set it to the secret that posecount has}" >> "$configuration"
unset POSECOUNT_TURN_SECRET
exec turnserver -c "$configuration" "$@"
