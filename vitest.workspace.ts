/** The test projects: one for each package and app, labelled by its folder. */
export default ["packages/*", "apps/*"]
