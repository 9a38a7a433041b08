-- Applies a list of merge patches in the given order.
CREATE OR REPLACE AGGREGATE metadata_fold(jsonb) (sfunc = merge_patch, stype = jsonb, initcond = '{}');
