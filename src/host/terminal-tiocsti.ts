// A seccomp filter that refuses TIOCSTI and TIOCLINUX: with them a sandboxed program could type into the terminal it runs in.
//
// Classic BPF over `struct seccomp_data` (nr at 0, arch at 4, args at 16); numbers from linux/audit.h, linux/filter.h and
// asm-generic/ioctls.h. Only the low half of the request is compared: the kernel takes an unsigned int (CVE-2019-10063).

const LOAD = 0x20;
const JUMP_EQUAL = 0x15;
const JUMP_AT_LEAST = 0x35;
const RETURN = 0x06;

const ALLOW = 0x7fff_0000;
const REFUSE = 0x0005_0000 | 1; // EPERM

const TIOCSTI = 0x5412;
const TIOCLINUX = 0x541c;

/** System calls of the x32 interface have this bit. */
const X32_CALLS = 0x4000_0000;
/** `ioctl` on i386 and on 32-bit arm. */
const COMPAT_IOCTL = 54;

type Step = readonly [code: number, ifTrue: number, ifFalse: number, value: number];

const AT_NR = 0;
const AT_ARCH = 4;
const AT_REQUEST = 24;

const MACHINES: Readonly<Record<string, { native: number; ioctl: number; compat: number } | undefined>> = {
  x64: { native: 0xc000_003e, ioctl: 16, compat: 0x4000_0003 },
  arm64: { native: 0xc000_00b7, ioctl: 29, compat: 0x4000_0028 },
};

/** For `bwrap --seccomp`; null on a machine whose numbers are not known here. */
export function tiocstiFilter(arch: string): Uint8Array | null {
  const known = MACHINES[arch];
  if (known === undefined) return null;
  const steps: Step[] = [
    /*  0 */ [LOAD, 0, 0, AT_ARCH],
    /*  1 */ [JUMP_EQUAL, 0, 3, known.native], // else 5
    /*  2 */ [LOAD, 0, 0, AT_NR],
    /*  3 */ [JUMP_AT_LEAST, 7, 0, X32_CALLS], // 11
    /*  4 */ [JUMP_EQUAL, 3, 7, known.ioctl], // 8, else 12
    /*  5 */ [JUMP_EQUAL, 0, 5, known.compat], // else 11: a machine that is not known
    /*  6 */ [LOAD, 0, 0, AT_NR],
    /*  7 */ [JUMP_EQUAL, 0, 4, COMPAT_IOCTL], // else 12
    /*  8 */ [LOAD, 0, 0, AT_REQUEST],
    /*  9 */ [JUMP_EQUAL, 1, 0, TIOCSTI], // 11
    /* 10 */ [JUMP_EQUAL, 0, 1, TIOCLINUX], // else 12
    /* 11 */ [RETURN, 0, 0, REFUSE],
    /* 12 */ [RETURN, 0, 0, ALLOW],
  ];
  const bytes = Buffer.alloc(steps.length * 8);
  steps.forEach(([code, ifTrue, ifFalse, value], index) => {
    bytes.writeUInt16LE(code, index * 8);
    bytes.writeUInt8(ifTrue, index * 8 + 2);
    bytes.writeUInt8(ifFalse, index * 8 + 3);
    bytes.writeUInt32LE(value >>> 0, index * 8 + 4);
  });
  return bytes;
}
