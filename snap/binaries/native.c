/* The two calls of the system that a daemon needs and Node does not have. */
#include <node_api.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
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

/*
 * releasePages(): hands back to the kernel what a daemon needed to start and no longer does: pages of the binary that nobody
 * wrote to (madvise(2), MADV_PAGEOUT and MADV_DONTNEED). Those that are needed again come back from the file, one by one.
 * Answers how many bytes of address space these were.
 */
static napi_value release_pages(napi_env env, napi_callback_info info) {
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

/*
 * notify(state): tells the service manager at $NOTIFY_SOCKET (sd_notify(3)); a name that begins with @ is abstract. Answers
 * whether it was told.
 */
static napi_value notify(napi_env env, napi_callback_info info) {
  char state[512];
  size_t length = 0, count = 1;
  napi_value argument, result;
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  const char *name = getenv("NOTIFY_SOCKET");
  int told = 0;
  if (napi_get_cb_info(env, info, &count, &argument, NULL, NULL) != napi_ok || count != 1) return NULL;
  if (napi_get_value_string_utf8(env, argument, state, sizeof state, &length) != napi_ok) return NULL;
  if (name != NULL && (name[0] == '/' || name[0] == '@') && strlen(name) < sizeof address.sun_path) {
    int descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    memcpy(address.sun_path, name, strlen(name));
    if (name[0] == '@') address.sun_path[0] = 0;
    if (descriptor >= 0) {
      socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name));
      told = sendto(descriptor, state, length, MSG_NOSIGNAL, (struct sockaddr *)&address, size) == (ssize_t)length;
      close(descriptor);
    }
  }
  return napi_get_boolean(env, told, &result) == napi_ok ? result : NULL;
}

static napi_status provide(napi_env env, napi_value exports, const char *name, napi_callback callback) {
  napi_value function;
  napi_status status = napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, NULL, &function);
  return status == napi_ok ? napi_set_named_property(env, exports, name, function) : status;
}

NAPI_MODULE_INIT() {
  if (provide(env, exports, "releasePages", release_pages) != napi_ok) return NULL;
  return provide(env, exports, "notify", notify) == napi_ok ? exports : NULL;
}
