# SPDX-License-Identifier: Apache-2.0
target_link_libraries(visoc_video_decoder_core PUBLIC PkgConfig::FFMPEG)
