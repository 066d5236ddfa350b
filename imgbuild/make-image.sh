#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What `make image` and `make root.ext4` run, in the build folder: the variables a user gives to make become options
# of imgbuild.
#
#	make-image.sh [--root-only] OUTPUT
#
# From the environment: SRCDIR, ROOTFS, ROOT, OVERLAY (words), SIZE, FORMAT, CMDLINE, INITRD, BUSYBOX. Without ROOTFS
# the default root is laid out in obj/root.OUTPUT first: ROOT=openrc with OpenRC, whose packages apt fetches into
# packages/ once, ROOT=busybox with BusyBox init alone. Without ROOT it is OpenRC, and where apt cannot fetch
# it BusyBox init with a warning.

set -eu

root_only=
[ "$1" != --root-only ] || { root_only=$1; shift; }
output=$1

set -- --output "$output" --label coracle
if [ -n "${ROOTFS-}" ]; then
	set -- "$@" --rootfs "$ROOTFS"
else
	root=obj/root.${output##*/}	# its own: two images may be made at once
	openrc=
	case ${ROOT-} in
	busybox) ;;
	''|openrc)
		if "$SRCDIR/imgbuild/debian-packages" packages/openrc openrc; then
			openrc=packages/openrc/root
		elif [ -n "${ROOT-}" ]; then
			exit 1
		else
			echo "make image: warning: no OpenRC in this image: as with ROOT=busybox" >&2
		fi ;;
	*)	echo "make image: error: ROOT=$ROOT is not 'busybox' or 'openrc'" >&2
		exit 1 ;;
	esac
	"${PYTHON:-python3}" "$SRCDIR/imgbuild/default_root.py" --busybox "${BUSYBOX:-/bin/busybox}" \
		${openrc:+--openrc "$openrc"} --overlay "$SRCDIR/alpine-overlay" "$root"
	set -- "$@" --owner root --rootfs "$root" --owner keep --numeric-owner "$SRCDIR/imgbuild/default-root.owners"
fi

# The project's own folder belongs to root in any image; others' are as found.
project=$(cd "$SRCDIR" && pwd -P)
for overlay in ${OVERLAY-}; do
	case $(cd "$overlay" 2>/dev/null && pwd -P) in
	"$project"/*) set -- "$@" --owner root --overlay "$overlay" --owner keep ;;
	*) set -- "$@" --overlay "$overlay" ;;
	esac
done
[ -z "${SIZE-}" ] || set -- "$@" --size "$SIZE"
[ -z "${FORMAT-}" ] || set -- "$@" --format "$FORMAT"

if [ -n "$root_only" ]; then
	set -- "$@" --root-only
else
	set -- "$@" --kernel coracle.krn --mbr loader/mbr.bin --stage2 loader/stage2.bin --efi loader/BOOTX64.EFI \
		--cmdline "${CMDLINE-console=ttyS0}"
	[ -z "${INITRD-}" ] || set -- "$@" --initrd "$INITRD"
fi
exec imgbuild/imgbuild "$@"
