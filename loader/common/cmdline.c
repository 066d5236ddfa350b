/* SPDX-License-Identifier: MIT */
/* cmdline_tidy(): see cmdline.h. People edit CORACLE.CMD by hand, on any system's editor. */
#include "loader/common/cmdline.h"

size_t cmdline_tidy(char *text, size_t size)
{
	size_t begin = 0, end = 0;

	while (end < size && text[end]) {
		if ((unsigned char)text[end] < ' ')
			text[end] = ' ';
		end++;
	}
	while (end > 0 && text[end - 1] == ' ')
		end--;
	while (begin < end && text[begin] == ' ')
		begin++;
	for (size_t i = begin; i < end; i++)
		text[i - begin] = text[i];
	text[end - begin] = '\0';
	return end - begin;
}
