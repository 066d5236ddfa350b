/* SPDX-License-Identifier: MIT */
/*
 * file: the application's own volume, through EFI_SIMPLE_FILE_SYSTEM (UEFI specification 2.10, 13.4).
 *
 * Reads are cut into pieces: some firmware fails at reads of many megabytes.
 */
#include "loader/uefi/uefi.h"

#define PIECE		(1024ULL * 1024)
#define INFO_SIZE	512		/* EFI_FILE_INFO with a name of up to 200 characters */

static EFI_GUID loaded_image_guid = EFI_LOADED_IMAGE_PROTOCOL_GUID;
static EFI_GUID file_system_guid = EFI_SIMPLE_FILE_SYSTEM_PROTOCOL_GUID;
static EFI_GUID file_info_guid = EFI_FILE_INFO_ID;

int file_open_volume(EFI_FILE_HANDLE *root)
{
	EFI_LOADED_IMAGE *loaded = NULL;
	EFI_FILE_IO_INTERFACE *volume = NULL;
	EFI_STATUS status;

	status = uefi.boot->HandleProtocol(uefi.image, &loaded_image_guid, (void **)&loaded);
	if (EFI_ERROR(status))
		return -LOAD_E_FIRMWARE;
	uefi.own_base = (uintptr_t)loaded->ImageBase;
	uefi.own_size = loaded->ImageSize;
	status = uefi.boot->HandleProtocol(loaded->DeviceHandle, &file_system_guid,
					   (void **)&volume);
	if (EFI_ERROR(status))
		return -LOAD_E_FIRMWARE;
	status = volume->OpenVolume(volume, root);
	return EFI_ERROR(status) ? -LOAD_E_FIRMWARE : 0;
}

int file_open(EFI_FILE_HANDLE root, const WCHAR *name, EFI_FILE_HANDLE *file, uint64_t *size)
{
	uint64_t buffer[INFO_SIZE / sizeof(uint64_t)];
	EFI_FILE_INFO *info = (EFI_FILE_INFO *)buffer;
	UINTN info_size = sizeof(buffer);
	EFI_STATUS status;

	status = root->Open(root, file, (WCHAR *)name, EFI_FILE_MODE_READ, 0);
	if (status == EFI_NOT_FOUND)
		return -LOAD_E_NO_FILE;
	if (EFI_ERROR(status))
		return -LOAD_E_READ;
	status = (*file)->GetInfo(*file, &file_info_guid, &info_size, info);
	if (EFI_ERROR(status))
		return -LOAD_E_READ;
	if (info->Attribute & EFI_FILE_DIRECTORY)
		return -LOAD_E_NO_FILE;
	*size = info->FileSize;
	return 0;
}

int file_read(EFI_FILE_HANDLE file, void *buffer, uint64_t size)
{
	uint8_t *to = buffer;

	while (size) {
		UINTN n = size < PIECE ? size : PIECE;
		EFI_STATUS status = file->Read(file, &n, to);

		/* 0 bytes: the file is shorter than its own information said */
		if (EFI_ERROR(status) || !n)
			return -LOAD_E_READ;
		to += n;
		size -= n;
	}
	return 0;
}
