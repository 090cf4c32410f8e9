/*
 * What a daemon needed to start, and no longer does: pages of the binary that nobody wrote to are handed back to the kernel
 * (madvise(2), MADV_PAGEOUT and MADV_DONTNEED). Those that are needed again come back from the file, one by one.
 */
#include <node_api.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21 /* Linux 5.4; older kernels refuse it, and keep the page in their cache */
#endif

/* One mapping of /proc/self/smaps (proc(5)) as far as it has been read. */
struct mapping {
  unsigned long from, to;
  int is_own, is_resident;
};

static double give_back(const struct mapping *mapping) {
  if (!mapping->is_own || !mapping->is_resident) return 0;
  size_t size = mapping->to - mapping->from;
  madvise((void *)mapping->from, size, MADV_PAGEOUT);
  return madvise((void *)mapping->from, size, MADV_DONTNEED) == 0 ? (double)size : 0;
}

/* release(): how many bytes of address space were given back. */
static napi_value release(napi_env env, napi_callback_info info) {
  char own[4096];
  char line[8192];
  double given = 0;
  napi_value result;
  struct mapping mapping = {0, 0, 0, 0};
  (void)info;
  ssize_t length = readlink("/proc/self/exe", own, sizeof own - 1);
  FILE *maps = length > 0 ? fopen("/proc/self/smaps", "re") : NULL;
  if (maps != NULL) {
    own[length] = 0;
    while (fgets(line, sizeof line, maps) != NULL) {
      struct mapping next = {0, 0, 0, 0};
      char rights[5];
      unsigned long size;
      int path = 0;
      line[strcspn(line, "\n")] = 0;
      if (sscanf(line, "%lx-%lx %4s %*s %*s %*s %n", &next.from, &next.to, rights, &path) == 3 && path > 0) {
        mapping = next;
        mapping.is_own = rights[1] == '-' && strcmp(line + path, own) == 0;
      } else if (sscanf(line, "Rss: %lu", &size) == 1) {
        mapping.is_resident = size > 0;
      } else if (sscanf(line, "Anonymous: %lu", &size) == 1 && size == 0) {
        /* a page that was written to, such as a relocated one, is nowhere else */
        given += give_back(&mapping);
      }
    }
    fclose(maps);
  }
  return napi_create_double(env, given, &result) == napi_ok ? result : NULL;
}

NAPI_MODULE_INIT() {
  napi_value function;
  if (napi_create_function(env, "release", NAPI_AUTO_LENGTH, release, NULL, &function) != napi_ok) return NULL;
  return napi_set_named_property(env, exports, "release", function) == napi_ok ? exports : NULL;
}
