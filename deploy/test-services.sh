#!/bin/sh
# Find what the tests of the engines and of the sandbox run on (Slurm, an SSH server, bubblewrap, git), or install
# Debian's where we may.
# Nothing is started here: the tests start their own, in private folders, and end them.
set -eu
PATH=$PATH:/usr/sbin:/sbin
missing=
for each in slurmctld:slurm-wlm slurmd:slurm-wlm munged:munge sshd:openssh-server ssh:openssh-client openssl:openssl \
    bwrap:bubblewrap setpriv:util-linux git:git slirp4netns:slirp4netns ip:iproute2; do
    command -v "${each%%:*}" >/dev/null || missing="$missing ${each##*:}"
done
[ -n "$missing" ] || exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing$missing for the tests..."
    # The packages would start daemons of their own, which nobody asked for.
    printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d.commonbook && chmod +x /usr/sbin/policy-rc.d.commonbook
    [ -e /usr/sbin/policy-rc.d ] || ln -s policy-rc.d.commonbook /usr/sbin/policy-rc.d
    apt-get update -qq
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
    [ "$(readlink /usr/sbin/policy-rc.d)" = policy-rc.d.commonbook ] && rm /usr/sbin/policy-rc.d
    rm -f /usr/sbin/policy-rc.d.commonbook
    exit 0
fi
echo "Tests of the engines and of the sandbox need the packages:$missing. Without bubblewrap kernels do not start." >&2
[ -z "${CI:-}" ] || exit 1
