import { describe, expect, it } from 'vitest';
import { cudaRequirements, requirementsFor } from './cuda-closure.mjs';

const NEW = `Metadata-Version: 2.4
Name: torch
Requires-Dist: filelock
Requires-Dist: cuda-toolkit[cublas,cudart,cufft,cupti,nvrtc]==13.0.3; platform_system == "Linux"
Requires-Dist: cuda-bindings<14,>=13.0.3; platform_system == "Linux"
Requires-Dist: nvidia-cudnn-cu13==9.20.0.48; platform_system == "Linux"
Requires-Dist: nvidia-nccl-cu13==2.29.7; platform_system == "Linux"
Requires-Dist: nvidia-extra-cu13==1; extra == "more"
`;

const OLD = `Name: torch
Requires-Dist: nvidia-cuda-nvrtc-cu12 (==12.4.127) ; platform_system == "Linux" and platform_machine == "x86_64"
Requires-Dist: nvidia-cuda-runtime-cu12 (==12.4.127) ; platform_system == "Linux" and platform_machine == "x86_64"
Requires-Dist: nvidia-cuda-cupti-cu12 (==12.4.127) ; platform_system == "Linux" and platform_machine == "x86_64"
Requires-Dist: nvidia-cublas-cu12 (==12.4.5.8) ; platform_system == "Linux" and platform_machine == "x86_64"
Requires-Dist: triton (==3.2.0) ; platform_system == "Linux"
`;

describe('the CUDA libraries of a wheel', () => {
  it('are found among its requirements', () => {
    expect(cudaRequirements(NEW)).toEqual([
      'cuda-toolkit[cublas,cudart,cufft,cupti,nvrtc]==13.0.3',
      'nvidia-cudnn-cu13==9.20.0.48',
      'nvidia-nccl-cu13==2.29.7',
    ]);
    expect(cudaRequirements(OLD)).toHaveLength(4);
    expect(cudaRequirements('Name: torch\nRequires-Dist: filelock\n')).toEqual([]);
  });

  it('are narrowed to those that are missing, as extras of cuda-toolkit', () => {
    expect(requirementsFor(cudaRequirements(NEW), ['libcudart.so.13', 'libcupti.so.13'])).toEqual([
      'cuda-toolkit[cudart]==13.0.3',
      'cuda-toolkit[cupti]==13.0.3',
    ]);
    expect(requirementsFor(cudaRequirements(NEW), ['libnccl.so.2'])).toEqual(['nvidia-nccl-cu13==2.29.7']);
  });

  it('are narrowed to those that are missing, as packages of their own', () => {
    expect(requirementsFor(cudaRequirements(OLD), ['libcudart.so.12', 'libcublasLt.so.12'])).toEqual([
      'nvidia-cuda-runtime-cu12==12.4.127',
      'nvidia-cublas-cu12==12.4.5.8',
    ]);
  });

  it('leave out what no requirement brings', () => {
    expect(requirementsFor(cudaRequirements(NEW), ['libnuma.so.1'])).toEqual([]);
  });
});
