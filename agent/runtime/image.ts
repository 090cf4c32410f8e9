/** Images as the rest of the agent sees them. The process runtime has none and answers that everything is there. */

/** Who one is at a registry. A registry that asks for nothing is asked with none. */
export interface RegistryLogin {
  readonly username?: string;
  readonly password?: string;
  /** Base64 of `username:password`, as config files hold it. */
  readonly auth?: string;
  readonly identityToken?: string;
  readonly registryToken?: string;
  readonly serverAddress?: string;
}

/** The user an image names; by number, or by a name only the image's own /etc/passwd knows. */
export interface ImageUser {
  readonly uid?: number;
  readonly name?: string;
}

/** An image on this node. */
export interface ImageObservation {
  /** What a container is made from: the digest of its configuration, or the runtime's own id. */
  readonly id: string;
  /** `repository:tag`, as pulled. */
  readonly tags: readonly string[];
  /** `repository@sha256:…`. */
  readonly digests: readonly string[];
  /** Bytes. */
  readonly size: number;
  readonly user: ImageUser;
  /** The runtime itself needs it (the sandbox's own image); never removed. */
  readonly pinned: boolean;
}

/** Bytes and inodes the images use on disk. `mountpoint` is a directory of the file system they lie on. */
export interface ImageStorage {
  readonly mountpoint: string;
  readonly bytes: number;
  readonly inodes: number;
}

/** The images of a runtime. */
export interface Images {
  /** Undefined: not on this node. Rejects with RuntimeError InvalidImageName when `reference` is none. */
  find(reference: string): Promise<ImageObservation | undefined>;
  /** Brings it here with the first login that works (none: anonymously). Rejects with RuntimeError ErrImagePull. */
  pull(reference: string, logins: readonly RegistryLogin[], signal: AbortSignal): Promise<ImageObservation>;
  list(): Promise<readonly ImageObservation[]>;
  /** Idempotent. */
  remove(id: string): Promise<void>;
  storage(): Promise<ImageStorage | undefined>;
  /**
   * Shows the files of an image read-only below `directory` (which exists and is empty) for an image volume; idempotent.
   * Rejects with RuntimeError when this runtime cannot.
   */
  mount(reference: string, directory: string): Promise<void>;
  /** Takes that back. Idempotent, also for what another life of the agent mounted. */
  unmount(directory: string): Promise<void>;
}
