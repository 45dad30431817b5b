-- What trying out has cost since an instant, over all models.
CREATE INDEX learning_hours_by_hour ON learning_hours (hour_at);
