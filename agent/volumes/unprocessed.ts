/** A volume that does not come as far as being mounted: its claim is not bound, or nothing here knows its kind. */
import { VolumeError } from './volumes.ts';

/** The error, which a kubelet tells in other words than a mount that failed. */
export class UnprocessedVolume extends VolumeError {
  /** What a user reads of the volume `name`. */
  ofVolume(name: string): VolumeError {
    const which = `unmounted volumes=[${name}], unattached volumes=[], failed to process volumes=[${name}]`;
    return new VolumeError(`Unable to attach or mount volumes: ${which}: ${this.message}`, { cause: this });
  }
}
