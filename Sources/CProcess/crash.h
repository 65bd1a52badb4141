#pragma once

#include <stddef.h>

/// Lets `handler` be called at these signals, at each of them once: after that its default action is back. The handler
/// may do what is safe within one alone.
void on_crash(void (*handler)(int), const int *numbers, size_t count);
