"""The networks: torch only. Nothing is imported here, so that one network loads without the rest.

blocks         SwishMod (eq. 1), the enhanced residual connection (eq. 2), FiLM, norms, padding
unet, guides   preset `paper`: the generator with its two guide decoders (figs. 4 and 5)
classifier     V: VGG16/19 to a signed 4096-d style vector
discriminator  D with a vector head, norm() of eq. 6
studio         preset `studio`: what users get by default
baselines      plain U-net, Style2Paints V1, SGRU, to compare with
"""
